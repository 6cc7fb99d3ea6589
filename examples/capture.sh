#!/bin/sh
# Captures Falco events as a pipeline step would, signs them, and looks at the result. Needs sh, git and lanner; jq
# for the three questions in the middle. Usage: capture.sh [FOLDER], a new or empty one; without it a temporary one.
#
# LANNER is the command to run: `lanner` from PATH unless set.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
LANNER=${LANNER:-lanner}
# No cluster here: the folder's `kubectl` prints the sample. Take this line away where there is one.
PATH=$here/stand-in:$PATH
export PATH

folder=${1:-$(mktemp -d)}
mkdir -p "$folder"
cd "$folder"
say() { printf '\n# %s\n' "$*"; }

say "A repository to capture in: the envelope names the commit it belongs to ($PWD)"
git init -q .
git -c user.name=example -c user.email=example@example.com commit -q --allow-empty -m 'release 1.14.2'

say 'A key pair: key.pem signs and stays here, key.pub.pem is for whoever checks'
"$LANNER" keygen -o key.pem

say 'The step: what it ran, read and wrote, and every Falco event, in one signed envelope'
FALCO_CLUSTER_NAME=example-cluster "$LANNER" run --step falco-capture \
  --signer-file-key-path key.pem --outfile attestation.json \
  --attestations falco,environment,git --enable-archivista=false \
  -- sh -c 'kubectl logs daemonset/falco -n falco --tail=500 | grep "\"rule\"" > falco-events.jsonl'

if command -v jq >/dev/null; then
  payload() { jq -r '.payload' attestation.json | base64 -d; }

  say 'Which statements the envelope carries'
  payload | jq '.predicate.attestations | map(.type)'

  say 'The command that was run, word for word'
  payload | jq '.predicate.attestations[]
    | select(.type=="https://aflock.ai/attestations/command-run/v0.1") | .attestation.cmd'

  say 'What Falco saw'
  payload | jq '.predicate.attestations[]
    | select(.type=="https://aflock.ai/attestations/falco/v0.1") | .attestation
    | {total: .summary.total_events, priorities: .summary.priorities, rules: .summary.rule_hits, cluster}'
else
  say 'Without jq the three questions to the payload are left out'
fi

say 'Does the signature hold, and what is inside?'
"$LANNER" inspect attestation.json -k key.pub.pem

say "The envelope is $PWD/attestation.json"
