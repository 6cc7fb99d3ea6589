// `inspect`: what it shows and how it ends for our envelopes, recorded ones of cilock, policies, and what is no envelope.
// The exit code is 0 without a key or when a signature holds, 1 when none does, 3 when there is nothing to look at. Started by ava.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { type Bench, bench, corpus, lanner } from './lanner.ts'
import { embeddedEvents, payloadOf } from './signed-bytes.ts'

const CAPTURE = ['Alert', 'Notice', 'Notice', 'Bogus']
  .map(
    (priority, n) => `{"rule":"Rule ${n >> 1}","priority":"${priority}","time":"2026-11-19T08:14:0${n}Z"}\n`,
  )
  .join('')

async function signed(t: Parameters<typeof bench>[0], ...words: string[]): Promise<Bench> {
  const place = bench(t)
  writeFileSync(join(place.root, 'capture.jsonl'), `banner\n${CAPTURE}`)
  const step = ['--', 'cp', '../capture.jsonl', 'falco events.jsonl']
  const env = { FALCO_CLUSTER_NAME: 'prod "eu"' }
  const { code, stderr } = await place.step(['-a', 'falco', ...words, ...step], { env })
  t.is(code, 0, stderr)
  return place
}

test.serial(
  'the text shows signer, command, subjects, attestations and the Falco summary, and whether it holds',
  async t => {
    const place = await signed(t)
    const unchecked = await place.lanner(['inspect', place.envelope])
    t.is(unchecked.code, 0, unchecked.stderr)
    const text = unchecked.stdout.toString()
    t.regex(text, /not checked \(pass -k PUB\)/)
    t.regex(text, /^command +cp \.\.\/capture\.jsonl 'falco events\.jsonl'$/m)
    for (const word of ['product/v0.3/tree:products', 'falco/v0.1', 'prod "eu"', 'skipped  1 not_json']) {
      t.true(text.includes(word), word)
    }
    // Bars: as wide as their share of all events.
    const bar = (name: string): number =>
      /█+/.exec(text.split('\n').find(line => line.includes(name)) ?? '')?.[0].length ?? 0
    t.is(bar('  alert '), Math.round(30 / 4))
    t.is(bar('  notice '), 15)
    t.is(bar('  Rule 0 '), 15)
    const valid = await place.lanner(['inspect', place.envelope, '-k', place.publicKey])
    t.is(valid.code, 0)
    t.regex(valid.stdout.toString(), / valid$/m)
  },
)

test.serial('the JSON form tells the same: counts, states, the key checked against', async t => {
  const place = await signed(t)
  const { code, stdout } = await place.lanner([
    'inspect',
    place.envelope,
    `-k${place.publicKey}`,
    '--format',
    'json',
  ])
  t.is(code, 0)
  const shown = JSON.parse(stdout.toString())
  t.like(shown, {
    file: place.envelope,
    step: 'test',
    payloadType: 'application/vnd.in-toto+json',
    command: { cmd: ['cp', '../capture.jsonl', 'falco events.jsonl'], exitcode: 0 },
  })
  t.is(shown.signatures.length, 1)
  t.is(shown.signatures[0].state, 'valid')
  t.is(shown.key, shown.signatures[0].keyid)
  t.like(shown.falco[0], { cluster: 'prod "eu"', events: 'embedded', skipped: { not_json: 1 } })
  t.like(shown.falco[0].summary, { total_events: 4, unknown_priorities: 1, distinct_rules: 2 })
  t.deepEqual(shown.falco[0].summary.priorities, { alert: 1, notice: 2 })
})

test.serial('digest mode is shown as such and keeps summary and tree', async t => {
  const place = await signed(t, '--attestor-falco-events', 'digest')
  const { stdout } = await place.lanner(['inspect', place.envelope, '--format', 'json'])
  const [falco] = JSON.parse(stdout.toString()).falco
  t.is(falco.events, 'digest only')
  t.is(falco.summary.total_events, 4)
  t.regex(falco.treeRoot, /^[0-9a-f]{64}$/)
  t.is(embeddedEvents(payloadOf(place.envelope)), undefined)
  t.false(payloadOf(place.envelope).includes('"Rule 0","priority"'))
})

test.serial('a key that did not sign is exit 1, with the envelope shown all the same', async t => {
  const place = await signed(t)
  const other = bench(t)
  const { code, stdout } = await place.lanner(['inspect', place.envelope, '-k', other.publicKey])
  t.is(code, 1)
  t.regex(stdout.toString(), /NOT VALID under this key/)
  t.regex(stdout.toString(), /by priority/)
})

test.serial('any file signed by `sign` is shown by type and checked, its content left alone', async t => {
  const place = bench(t)
  const file = join(place.root, 'policy.json')
  writeFileSync(file, '{"expires":"2030-01-01T00:00:00Z"}')
  const made = await place.lanner(['sign', '-f', file, '-o', place.envelope, '-k', place.key])
  t.is(made.code, 0, made.stderr)
  const { code, stdout } = await place.lanner(['inspect', place.envelope, '-k', place.publicKey])
  t.is(code, 0)
  t.regex(stdout.toString(), /^payload +https:\/\/witness\.testifysec\.com\/policy\/v0\.1, 34 B$/m)
})

/** Content that is no envelope, and what the error says. */
const NO_ENVELOPES: readonly (readonly [content: string, says: RegExp])[] = [
  ['', /ERR_ENVELOPE/],
  ['not json', /ERR_ENVELOPE/],
  ['[]', /ERR_ENVELOPE/],
  ['{"payload":"!!!!","payloadType":"t","signatures":[]}', /ERR_ENVELOPE/],
  ['{"payload":"e30=","payloadType":"t","signatures":"none"}', /ERR_ENVELOPE/],
  ['{"payload":"e30=","payloadType":"t","signatures":[]} trailing', /ERR_ENVELOPE/],
  ['{}', /ERR_(ENVELOPE|STATEMENT)/],
]

test.serial('what is no envelope is exit 3 with a code, on stderr alone, and never a bug', async t => {
  const place = bench(t)
  for (const [content, says] of NO_ENVELOPES) {
    writeFileSync(place.envelope, content)
    const { code, stdout, stderr } = await place.lanner(['inspect', place.envelope])
    t.is(code, 3, `${content}: ${stderr}`)
    t.regex(stderr, says, content)
    t.is(stdout.length, 0, content)
  }
  for (const file of [join(place.root, 'missing.json'), place.root]) {
    const { code, stderr } = await place.lanner(['inspect', file])
    t.is(code, 3)
    t.true(stderr.includes(file), stderr)
  }
})

test.serial('a key that is none is exit 3 before anything is shown', async t => {
  const place = await signed(t)
  const { code, stdout, stderr } = await place.lanner(['inspect', place.envelope, '-k', place.envelope])
  t.is(code, 3, stderr)
  t.is(stdout.length, 0)
})

interface SignatureCase {
  readonly verify: { readonly args: readonly string[] }
  readonly expected: { readonly class: string }
}

/** How `inspect -k` ends for an envelope that cilock's verification put into that class. */
const EXITS: Readonly<Record<string, number>> = { pass: 0, signature: 1, 'attestation-load': 3 }

/** Ours reads the payload, the last of two members of that name, and finds that no signature holds over it. */
const OTHERWISE: Readonly<Record<string, number>> = { '076-sig-env-dup-key-last-bad': 1 }

test.serial(
  'every recorded signature case holds, fails or does not load for us as it did for cilock',
  async t => {
    const golden = corpus(t, 'golden')
    if (golden === undefined) return
    const names = readdirSync(join(golden, 'cases')).filter(name => /^\d+-sig-/.test(name))
    let looked = 0
    for (const name of names) {
      const cwd = join(golden, 'cases', name)
      const { verify, expected } = JSON.parse(readFileSync(join(cwd, 'case.json'), 'utf8')) as SignatureCase
      const wanted = OTHERWISE[name] ?? EXITS[expected.class]
      const attestation = verify.args[verify.args.indexOf('-a') + 1] ?? ''
      // The other classes are about policies and their keys.
      if (wanted === undefined) continue
      const key = join(golden, 'keys', `${keyFor(name, attestation)}.pub.pem`)
      const { code, stderr } = await lanner(['inspect', attestation, '-k', key], { cwd })
      t.is(code, wanted, `${name}: ${stderr}`)
      looked += 1
    }
    t.true(looked > 85, String(looked))
  },
)

/** The functionary of a case, told by its name or that of the shared attestation. */
function keyFor(name: string, attestation: string): string {
  const text = name.includes('-sig-policy-') ? attestation : `${name} ${attestation}`
  return /p256|p384|p521|rsa2048|rsa4096/.exec(text)?.[0] ?? (text.includes('rsa') ? 'rsa2048' : 'func')
}
