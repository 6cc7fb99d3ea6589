// `events prove` and `events verify`: every event of a capture can be proven alone, and nothing else can.
// The audit path is also walked here with node:crypto, by RFC 6962 §2.1.1 and not by our code. Started by ava.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import * as fc from 'fast-check'
import { type Bench, bench, corpus } from './lanner.ts'

/** Seven, so that the tree is no perfect one; lines that are no events stand between. */
const EVENTS = Array.from(
  { length: 7 },
  (_, n) =>
    `{"rule":"R${n % 2}","priority":"Notice","n":178005180871714155${n},"t":"\\u00fc ü ${'x'.repeat(n)}"}`,
)
const LINES = ['Falco version: 0.44.0', ...EVENTS.slice(0, 3), '', 'not json', ...EVENTS.slice(3), '{"cut']

interface Proof {
  readonly event: string
  readonly line: number
  readonly index: number
  readonly leaf_hash: string
  readonly audit_path: string[]
  readonly events_tree: { readonly root: string; readonly size: number }
  readonly source_file: { readonly path: string; readonly sha256: string }
  readonly envelope?: { payload: string; payloadType: string; signatures: { sig: string }[] }
}

type Mode = 'embed' | 'digest'

/** A bench whose envelope signs the capture `falco.jsonl`. */
async function signed(t: ExecutionContext, mode: Mode, lines: readonly string[] = LINES): Promise<Bench> {
  const place = bench(t)
  writeFileSync(join(place.root, 'capture.jsonl'), lines.join('\n'))
  const words = [
    '-a',
    'falco',
    '--attestor-falco-events',
    mode,
    '--',
    'cp',
    '../capture.jsonl',
    'falco.jsonl',
  ]
  const { code, stderr } = await place.step(words)
  t.is(code, 0, stderr)
  return place
}

async function prove(t: ExecutionContext, place: Bench, index: number): Promise<Proof> {
  const file = join(place.root, 'proof.json')
  const words = [
    'events',
    'prove',
    '-e',
    place.envelope,
    '--events',
    'falco.jsonl',
    '--index',
    String(index),
    '-o',
    file,
  ]
  const { code, stderr } = await place.lanner(words)
  t.is(code, 0, stderr)
  return JSON.parse(readFileSync(file, 'utf8')) as Proof
}

const proofOf = (place: Bench): string => join(place.root, 'proof.json')

const sha256 = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest()

/** Root from leaf and path, by the recursion of RFC 6962 §2.1.1 turned upside down. */
function walk(leaf: Buffer, index: number, size: number, path: readonly string[]): Buffer {
  if (size === 1) return leaf
  const sibling = Buffer.from(path.at(-1) ?? '', 'hex')
  const left = 2 ** Math.ceil(Math.log2(size) - 1)
  const rest = path.slice(0, -1)
  return index < left
    ? sha256(Buffer.from([1]), walk(leaf, index, left, rest), sibling)
    : sha256(Buffer.from([1]), sibling, walk(leaf, index - left, size - left, rest))
}

for (const mode of ['embed', 'digest'] as const) {
  test.serial(
    `every event can be proven, ${mode}: its line exactly, a path to the signed root, a valid signature`,
    async t => {
      const place = await signed(t, mode)
      const envelope = mode === 'embed' ? ['--envelope', place.envelope] : []
      for (const [index, event] of EVENTS.entries()) {
        const proof = await prove(t, place, index)
        t.is(proof.event, event)
        t.is(LINES[proof.line - 1], event)
        const leaf = sha256(Buffer.from([0]), Buffer.from(event))
        t.is(proof.leaf_hash, leaf.toString('hex'))
        t.is(walk(leaf, index, EVENTS.length, proof.audit_path).toString('hex'), proof.events_tree.root)
        t.is('envelope' in proof, mode === 'digest', 'an envelope without events is enclosed')
        const words = ['events', 'verify', proofOf(place), '-k', place.publicKey, ...envelope]
        const { code, stdout, stderr } = await place.lanner(words)
        t.is(code, 0, stderr)
        t.true(stdout.toString().startsWith(`included: event ${index} `), stdout.toString())
      }
    },
  )
}

test.serial(
  'the proof goes to stdout without --outfile; --json tells the result; without a key that is said',
  async t => {
    const place = await signed(t, 'digest')
    const proven = await place.lanner([
      'events',
      'prove',
      '-e',
      place.envelope,
      '--events=falco.jsonl',
      '--index=2',
    ])
    t.is(proven.code, 0, proven.stderr)
    writeFileSync(proofOf(place), proven.stdout)
    const unchecked = await place.lanner(['events', 'verify', proofOf(place)])
    t.is(unchecked.code, 0)
    t.regex(unchecked.stdout.toString(), /signature not checked/)
    const json = await place.lanner(['events', 'verify', proofOf(place), '-k', place.publicKey, '--json'])
    t.like(JSON.parse(json.stdout.toString()), { included: true, index: 2, signature: 'valid' })
  },
)

test.serial(
  'an index that does not exist is wrong usage; another file, or a changed one, is refused',
  async t => {
    const place = await signed(t, 'embed')
    const words = ['events', 'prove', '-e', place.envelope, '--events']
    const beyond = await place.lanner([...words, 'falco.jsonl', '--index', String(EVENTS.length)])
    t.is(beyond.code, 2)
    t.regex(beyond.stderr, /has 7 events, from 0/)
    writeFileSync(join(place.root, 'other.jsonl'), `${LINES.join('\n')}\n`)
    const other = await place.lanner([...words, '../other.jsonl', '--index', '0'])
    t.is(other.code, 1, 'the same events, one newline more')
    t.regex(other.stderr, /ERR_PROOF_OTHER_FILE/)
    const missing = await place.lanner([...words, 'missing.jsonl', '--index', '0'])
    t.is(missing.code, 3, missing.stderr)
  },
)

test.serial('another envelope, another key, no envelope: each is exit 1 with its reason', async t => {
  const place = await signed(t, 'embed')
  await prove(t, place, 3)
  const verify = (...words: string[]) => place.lanner(['events', 'verify', proofOf(place), ...words])
  const alone = await verify('-k', place.publicKey)
  t.is(alone.code, 1)
  t.regex(alone.stderr, /ERR_PROOF_NO_ENVELOPE[\s\S]*hint: .*--envelope/)
  const other = await signed(t, 'embed', LINES.slice(1))
  const elsewhere = await verify('-e', other.envelope, '-k', other.publicKey)
  t.is(elsewhere.code, 1)
  t.regex(elsewhere.stderr, /ERR_PROOF_ROOT/)
  const stranger = await verify('-e', place.envelope, '-k', other.publicKey)
  t.is(stranger.code, 1)
  t.regex(stranger.stderr, /ERR_PROOF_SIGNATURE/)
  const none = await verify('-e', place.envelope, '-k', 'no-such.pem')
  t.is(none.code, 3)
})

test.serial('the proof of one index is none of another, nor of another event', async t => {
  const place = await signed(t, 'digest')
  const proof = await prove(t, place, 2)
  const next = await prove(t, place, 3)
  const forged: Partial<Proof>[] = [
    { index: 3 },
    { event: next.event },
    { event: next.event, leaf_hash: next.leaf_hash },
    { audit_path: next.audit_path },
    { audit_path: proof.audit_path.slice(1) },
    { audit_path: [...proof.audit_path, proof.leaf_hash] },
    { index: 7 },
    { source_file: { ...proof.source_file, path: 'other.jsonl' } },
    { source_file: { ...proof.source_file, sha256: proof.leaf_hash } },
    { events_tree: { ...proof.events_tree, size: 8 } },
  ]
  for (const change of forged) {
    writeFileSync(proofOf(place), JSON.stringify({ ...proof, ...change }))
    const { code, stderr } = await place.lanner(['events', 'verify', proofOf(place), '-k', place.publicKey])
    t.is(code, 1, JSON.stringify(change))
    t.regex(stderr, /ERR_PROOF_/)
  }
})

/**
 * What a proof says, as far as something signs it: `line` only helps to find the event, a key id is a hint by DSSE's own
 * words, and base64 is one spelling of bytes.
 */
function meaning(text: string): unknown {
  try {
    const { line, envelope, ...rest } = JSON.parse(text) as Proof
    if (envelope === undefined) return rest
    const bytes = (base64: unknown): string => Buffer.from(String(base64), 'base64').toString('hex')
    const { payload, payloadType, signatures } = envelope
    return {
      ...rest,
      payloadType,
      payload: bytes(payload),
      signatures: signatures.map(({ sig }) => bytes(sig)),
    }
  } catch {
    return undefined
  }
}

test.serial('a proof with any one byte changed is refused, unless it still says the same', async t => {
  const place = await signed(t, 'digest')
  await prove(t, place, 4)
  const original = readFileSync(proofOf(place))
  const said = meaning(original.toString('utf8'))
  t.truthy(said)
  // Most bytes are the enclosed envelope's: the proof's own get half of the tries.
  const own = original.indexOf('"envelope"')
  const position = fc.oneof(fc.nat(own - 1), fc.nat(original.length - 1))
  let tried = 0
  await fc.assert(
    fc.asyncProperty(position, fc.integer({ min: 0, max: 255 }), async (at, byte) => {
      const changed = Buffer.from(original)
      changed[at] = byte
      if (isDeepStrictEqual(meaning(changed.toString('utf8')), said)) return
      tried += 1
      writeFileSync(proofOf(place), changed)
      const { code, stdout } = await place.lanner(['events', 'verify', proofOf(place), '-k', place.publicKey])
      t.true(code === 1 || code === 3, `byte ${at} as ${byte}: exit ${code}`)
      t.is(stdout.length, 0, `byte ${at} as ${byte}`)
    }),
    { numRuns: 80 },
  )
  t.true(tried > 30, `${tried} changes said something else`)
})

test.serial(
  'an envelope without an events tree, as cilock signs them, is refused with the reason',
  async t => {
    const golden = corpus(t, 'golden', 'cases', '001-sig-ed25519')
    if (golden === undefined) return
    const place = bench(t)
    const words = ['--envelope', join(golden, 'att.json'), '--events', join(golden, 'falco-events.jsonl')]
    const { code, stderr } = await place.lanner(['events', 'prove', ...words, '--index', '0'])
    t.is(code, 1, stderr)
    t.regex(stderr, /ERR_PROOF_NO_TREE[\s\S]*hint: .*cilock signs no tree/)
  },
)
