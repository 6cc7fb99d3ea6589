// The main job as its users type it: the capture recipe, the three jq lines, the embedded bytes, and a signature that openssl checks.
// `kubectl` is a stand-in on PATH that prints a capture after a start-up banner. Started by ava.
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import * as fc from 'fast-check'
import { type Bench, bench, CLI, corpus, programOnPath, run } from './lanner.ts'
import { cmp, embeddedEvents, eventLines, joined, opensslAccepts, payloadOf } from './signed-bytes.ts'

const SAMPLE = fileURLToPath(new URL('../../examples/falco-events.jsonl', import.meta.url))

const RECIPE = String.raw`lanner run --step falco-capture \
--signer-file-key-path key.pem \
--outfile attestation.json \
--attestations falco,environment,git \
--enable-archivista=false \
-- sh -c 'kubectl logs daemonset/falco -n falco --tail=500 | grep "\"rule\"" > falco-events.jsonl'`

const TYPES = "jq -r '.payload' attestation.json | base64 -d | jq '.predicate.attestations | map(.type)'"

const ARGV = String.raw`jq -r '.payload' attestation.json | base64 -d \
| jq '.predicate.attestations[] | select(.type=="https://aflock.ai/attestations/command-run/v0.1") | .attestation.cmd'`

const SUMMARY = String.raw`jq -r '.payload' attestation.json | base64 -d \
| jq '.predicate.attestations[] | select(.type=="https://aflock.ai/attestations/falco/v0.1") | .attestation | {total: .summary.total_events, priorities: .summary.priorities, rules: .summary.rule_hits, cluster}'`

/** A repository with one commit, the key in it, `lanner` and `kubectl` on PATH; `kubectl logs` prints that capture. */
async function site(t: ExecutionContext, capture: string): Promise<Bench & { env: NodeJS.ProcessEnv }> {
  const place = bench(t)
  const programs = join(place.root, 'bin')
  programOnPath(programs, 'lanner', `exec '${process.execPath}' '${CLI}' "$@"`)
  const expected = 'logs daemonset/falco -n falco --tail=500'
  const banner = String.raw`printf 'Falco version: 0.44.0 (x86_64)\nLoading rules\n'`
  const PATH = programOnPath(
    programs,
    'kubectl',
    `[ "$*" = '${expected}' ] || exit 9; ${banner}; cat '${capture}'`,
  )
  const env = { PATH, FALCO_CLUSTER_NAME: 'dropbox-clone-dev', GIT_CONFIG_GLOBAL: '/dev/null' }
  const commit =
    'git init -q . && git -c user.name=a -c user.email=a@example.org commit -q --allow-empty -m first'
  t.is((await run('sh', ['-c', commit], { cwd: place.work, env })).code, 0)
  copyFileSync(place.key, join(place.work, 'key.pem'))
  return { ...place, env }
}

async function shell(place: Bench & { env: NodeJS.ProcessEnv }, command: string): Promise<string> {
  const { code, stdout, stderr } = await run('bash', ['-c', command], { cwd: place.work, env: place.env })
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${stderr}`)
  return stdout.toString('utf8')
}

async function assertPage(t: ExecutionContext, capture: string, summary: unknown): Promise<void> {
  const place = await site(t, capture)
  await shell(place, RECIPE)
  t.deepEqual(JSON.parse(await shell(place, TYPES)), [
    'https://aflock.ai/attestations/environment/v0.1',
    'https://aflock.ai/attestations/git/v0.1',
    'https://aflock.ai/attestations/material/v0.3',
    'https://aflock.ai/attestations/command-run/v0.1',
    'https://aflock.ai/attestations/product/v0.3',
    'https://aflock.ai/attestations/falco/v0.1',
  ])
  const script = String.raw`kubectl logs daemonset/falco -n falco --tail=500 | grep "\"rule\"" > falco-events.jsonl`
  t.deepEqual(JSON.parse(await shell(place, ARGV)), ['sh', '-c', script])
  t.deepEqual(JSON.parse(await shell(place, SUMMARY)), summary)
  const written = readFileSync(join(place.work, 'falco-events.jsonl'))
  const embedded = embeddedEvents(payloadOf(join(place.work, 'attestation.json')))
  t.true(await cmp(place.root, embedded ?? Buffer.alloc(0), joined(eventLines(written))))
}

test.serial('on real events the recipe and its three jq lines print what the page shows', async t => {
  const capture = corpus(t, 'falco', 'falco-events.jsonl')
  if (capture === undefined) return
  await assertPage(t, capture, {
    total: 164,
    priorities: { warning: 164 },
    rules: [{ rule: 'Read sensitive file untrusted', count: 164, highest_priority: 'Warning' }],
    cluster: 'dropbox-clone-dev',
  })
})

test.serial('on the sample capture the recipe gives the counts that grep and JSON.parse give', async t => {
  const events = readFileSync(SAMPLE, 'utf8')
    .split('\n')
    .filter(line => line.includes('"rule"'))
    .map(line => JSON.parse(line) as { rule: string; priority: string })
  const count = (names: readonly string[]): Map<string, number> => {
    const counts = new Map<string, number>()
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
    return counts
  }
  const rules = [...count(events.map(({ rule }) => rule))]
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .map(([rule, n]) => ({ rule, count: n, highest_priority: highest(events.filter(e => e.rule === rule)) }))
  const priorities = Object.fromEntries(count(events.map(({ priority }) => priority.toLowerCase())))
  await assertPage(t, SAMPLE, { total: events.length, priorities, rules, cluster: 'dropbox-clone-dev' })
})

/** Falco's order, most severe first (falco.yaml, `priority`). */
const SEVERITY = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'informational', 'debug']

function highest(events: readonly { priority: string }[]): string {
  const rank = ({ priority }: { priority: string }): number => SEVERITY.indexOf(priority.toLowerCase())
  return [...events].sort((a, b) => rank(a) - rank(b))[0]?.priority ?? ''
}

test.serial('the recipe may be broken over lines inside its quotes, as the page prints it', async t => {
  const place = await site(t, SAMPLE)
  await shell(place, RECIPE.replace('--tail=500 | grep', '--tail=500 \\\n| grep'))
  t.true(Number(JSON.parse(await shell(place, `${SUMMARY} | jq .total`))) > 0)
})

test.serial(
  'without FALCO_CLUSTER_NAME the cluster is empty, no subject names one, and it still signs',
  async t => {
    const place = await site(t, SAMPLE)
    await shell(place, `unset FALCO_CLUSTER_NAME; ${RECIPE}`)
    const { cluster } = JSON.parse(await shell(place, SUMMARY)) as { cluster: unknown }
    t.is(cluster, '')
    const envelope = join(place.work, 'attestation.json')
    t.false(payloadOf(envelope).includes('/cluster:'))
    t.true(await opensslAccepts(place.root, envelope, place.publicKey, 'ed25519'))
  },
)

test.serial('two runs on identical input sign identical statements but for the times', async t => {
  const place = await site(t, SAMPLE)
  const statement = async (): Promise<string> => {
    rmSync(join(place.work, 'falco-events.jsonl'), { force: true })
    rmSync(join(place.work, 'attestation.json'), { force: true })
    await shell(place, RECIPE)
    const text = payloadOf(join(place.work, 'attestation.json')).toString('utf8')
    return text.replaceAll(/"(start|end)time":"[^"]+"/g, '"$1time":""')
  }
  const first = await statement()
  t.regex(first, /"starttime":""/)
  t.is(await statement(), first)
})

/** One event line as someone else's serialiser may write it: numbers no double holds, escapes, spaces, unknown and doubled keys. */
const oddEvent = fc
  .record({
    big: fc.bigInt({ min: 10n ** 18n, max: 10n ** 19n - 1n }),
    number: fc.constantFrom('1e400', '-0', '1E-7', '0.10', '123456789012345678901234567890', '-1e-400'),
    text: fc.string({ unit: 'binary' }).map(text => JSON.stringify(text)),
    escaped: fc.constantFrom(
      String.raw`"\u0041\/\b\f\n\r\t\"\\"`,
      String.raw`"\ud83d\udc26"`,
      '"\u2028<&>\u{1F426}"',
      '""',
    ),
    space: fc.constantFrom('', ' ', '\t', '  \t '),
    rule: fc.constantFrom('Terminal shell in container', 'R\\u0075le', 'Ünïcode', '\\ud83d\\udc26'),
  })
  .map(({ big, number, text, escaped, space, rule }) =>
    [
      `{${space}"evt.time"${space}:${big},"n":[${number},${space}${number}]`,
      `"x":${text},"x":${escaped},"output_fields":{"evt.time":${big},"k":{"k":${escaped}}}`,
      `"priority":"Notice","time":"2026-11-19T08:14:02.104882391Z","rule":"${rule}"${space}}`,
    ].join(`,${space}`),
  )

test.serial(
  'generated events keep every byte: 19-digit integers, 1e400, escapes, spaces, doubled keys',
  async t => {
    const place = bench(t)
    const lines = fc.sample(oddEvent, { numRuns: 500, seed: 20261121 })
    const capture = join(place.root, 'odd.jsonl')
    writeFileSync(capture, lines.map((line, index) => line + (index % 7 === 0 ? '\r\n\n' : '\n')).join(''))
    const ended = await place.step(['-a', 'falco', '--', 'cp', capture, 'falco-events.jsonl'])
    t.is(ended.code, 0, ended.stderr)
    const embedded = embeddedEvents(payloadOf(place.envelope)) ?? Buffer.alloc(0)
    t.true(await cmp(place.root, embedded, Buffer.from(lines.join(','))))
    const rules = /"total_events":(\d+)/.exec(payloadOf(place.envelope).toString('utf8'))
    t.is(rules?.[1], '500')
  },
)

for (const kind of ['ed25519', 'ecdsa-p256', 'rsa']) {
  test.serial(
    `openssl alone verifies a signature by ${kind}, and no longer once a byte is changed`,
    async t => {
      const place = bench(t)
      const key = join(place.root, `${kind}.pem`)
      const publicKey = join(place.root, `${kind}.pub.pem`)
      const made = await place.lanner(['keygen', '--type', kind === 'rsa' ? 'rsa-3072' : kind, '-o', key])
      t.is(made.code, 0, made.stderr)
      const ended = await place.step(['-a', 'falco', '-k', key, '--', 'cp', SAMPLE, 'falco-events.jsonl'])
      t.is(ended.code, 0, ended.stderr)
      t.true(await opensslAccepts(place.root, place.envelope, publicKey, kind))
      const envelope = JSON.parse(readFileSync(place.envelope, 'utf8')) as { payload: string }
      const payload = Buffer.from(envelope.payload, 'base64')
      payload[payload.length >> 1] = (payload[payload.length >> 1] ?? 0) ^ 1
      const forged = join(dirname(place.envelope), 'forged.json')
      writeFileSync(forged, JSON.stringify({ ...envelope, payload: payload.toString('base64') }))
      t.false(await opensslAccepts(place.root, forged, publicKey, kind))
    },
  )
}
