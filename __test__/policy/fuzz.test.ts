// Hostile envelopes, policies and event proofs: valid ones mutated by a deterministic generator and verified in process.
// A mutation may pass only where it says the same as the original. LANNER_FUZZ_SEED repeats a run; LANNER_SOAK=1 is the whole set.
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import test, { type ExecutionContext } from 'ava'
import type { LannerContext } from '../../src/commands/context.ts'
import { EventsVerifyCommand } from '../../src/commands/events-verify.ts'
import type { VerifyPlan } from '../../src/commands/verify-plan.ts'
import { runVerification } from '../../src/commands/verify-run.ts'
import { writeEnvelope } from '../../src/envelope/dsse.ts'
import { EVENT_PROOF_TYPE, readEventProof } from '../../src/envelope/event-proof.ts'
import { publicKeyPem } from '../../src/envelope/key-id.ts'
import { loadPublicKey } from '../../src/envelope/keys.ts'
import type { OpenedEnvelope } from '../../src/envelope/opening.ts'
import { jsonPayload } from '../../src/envelope/payload.ts'
import { readEnvelope } from '../../src/envelope/reading.ts'
import { createSigner, type Signer } from '../../src/envelope/signer.ts'
import { COLLECTION_TYPE, IN_TOTO_PAYLOAD_TYPE, STATEMENT_TYPE } from '../../src/envelope/statement.ts'
import { keyVerifier, verifyEnvelopeSignatures } from '../../src/envelope/trust.ts'
import { toLannerError } from '../../src/native/failure.ts'
import { type Native, openNative } from '../../src/native/native.ts'
import { corpus } from '../cli/lanner.ts'

const SEED = Number(process.env.LANNER_FUZZ_SEED ?? 20_260_104)
const SOAK = process.env.LANNER_SOAK === '1'
/** The four sets together are 600, or 200,000. */
const COUNT = SOAK
  ? { golden: 50_000, made: 60_000, proof: 50_000, signed: 40_000 }
  : { golden: 150, made: 180, proof: 150, signed: 120 }
const MAX_RSS = 512 << 20
const MEGABYTE = 1 << 20
const POLICY_TYPE = 'https://witness.testifysec.com/policy/v0.1'
const FALCO = 'https://aflock.ai/attestations/falco/v0.1'

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Random numbers from one seed (mulberry32). */
class Dice {
  private state: number

  constructor(seed: number) {
    this.state = Math.imul(seed, 0x9e3779b1) >>> 0
  }

  private next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }

  /** From 0 to `limit - 1`; 0 when nothing is below the limit. */
  below(limit: number): number {
    return limit < 1 ? 0 : this.next() % limit
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.below(items.length)] ?? items[0]
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)))
  }
}

type Mutation = (dice: Dice, bytes: Buffer, donor: Buffer) => Buffer

/** Puts `insert` in place of `[from, to)`. */
function spliced(bytes: Buffer, from: number, to: number, insert: Uint8Array | string): Buffer {
  return Buffer.concat([bytes.subarray(0, from), Buffer.from(insert as string), bytes.subarray(to)])
}

/** Some match of `pattern` in the text; latin1 keeps one character for each byte. */
function someMatch(dice: Dice, bytes: Buffer, pattern: RegExp): { from: number; to: number; text: string } {
  const matches = [...bytes.toString('latin1').matchAll(pattern)]
  const match = matches[dice.below(matches.length)]
  const from = match?.index ?? dice.below(bytes.length)
  return { from, to: from + (match?.[0].length ?? 0), text: match?.[0] ?? '' }
}

const KEY = /"[^"\\]*"(?=\s*:)/g
const MEMBER = /"[^"\\]*"\s*:\s*(?:"[^"\\]*"|[-\w.]+)/g
const VALUE = /(?<=[:[,]\s*)(?:"[^"\\]*"|[-\w.]+)(?=\s*[,}\]])/g
const OPENING = /(?<=\{)/g
const CLOSING = /(?=\})/g
const BASE64 = /"[A-Za-z0-9+/]{16,}={0,2}"/g

function otherCase(dice: Dice, text: string): string {
  const at = dice.below(text.length)
  const letter = text.charAt(at)
  // Go folds these two into k and s.
  const folded = dice.below(4) === 0 ? { k: '\u212a', s: '\u017f' }[letter.toLowerCase()] : undefined
  const turned = folded ?? (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase())
  return turned === letter ? text.toUpperCase() : text.slice(0, at) + turned + text.slice(at + 1)
}

function foreign(dice: Dice, text: string): string {
  const at = 1 + dice.below(text.length - 2)
  const insert = (what: string): string => text.slice(0, at) + what + text.slice(at)
  return dice.pick([
    () => text.replaceAll('+', '-').replaceAll('/', '_'),
    () => insert(dice.pick([' ', '\\n', '\\r\\n', '\\t', '\n', '\\u0000', '-', '_', '='])),
    () => text.replace(/=+"$/, '"'),
    () => text.replace(/"$/, `${dice.pick(['=', '==', 'A', 'A===', '\\n'])}"`),
    // The same bytes with other bits behind them.
    () => text.replace(/.(=*")$/, (_, end: string) => `${dice.pick(['B', 'R', 'h', 'x', '/'])}${end}`),
    // The same text, escaped.
    () => `${text.slice(0, at)}\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}${text.slice(at + 1)}`,
  ])()
}

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  bit(dice, bytes) {
    const at = dice.below(bytes.length)
    return spliced(bytes, at, at + 1, Buffer.of((bytes[at] ?? 0) ^ (1 << dice.below(8))))
  },
  truncation(dice, bytes) {
    const at = dice.below(bytes.length)
    return dice.below(4) === 0 ? bytes.subarray(at) : bytes.subarray(0, at)
  },
  duplicate(dice, bytes, donor) {
    const member = someMatch(dice, dice.below(2) === 0 ? bytes : donor, MEMBER).text || '"payload":""'
    const copy = dice.below(2) === 0 ? member : member.replace(/:.*/s, `:${dice.pick(['null', '""', '[]'])}`)
    const { from } = someMatch(dice, bytes, dice.below(2) === 0 ? OPENING : CLOSING)
    const front = bytes[from - 1] === 0x7b
    return spliced(bytes, from, from, front ? `${copy},` : `,${copy}`)
  },
  variant(dice, bytes) {
    const { from, to, text } = someMatch(dice, bytes, KEY)
    const key = otherCase(dice, text || '"payload"')
    if (dice.below(2) === 0) return spliced(bytes, from, to, key)
    return spliced(bytes, from, from, `${key}:${dice.pick(['null', '""', '[]', '{}'])},`)
  },
  deep(dice, bytes) {
    const depth = dice.pick([40, 130, 1000, 10_000, 200_000])
    const [open, close] = dice.pick([
      ['[', ']'],
      ['{"a":', '}'],
      ['[{"":', '}]'],
    ])
    const nest = open.repeat(depth) + (dice.below(8) === 0 ? '' : `1${close.repeat(depth)}`)
    if (dice.below(2) === 0) {
      const { from, to } = someMatch(dice, bytes, VALUE)
      return spliced(bytes, from, to, nest)
    }
    const { from } = someMatch(dice, bytes, OPENING)
    return spliced(bytes, from, from, `"deep":${nest},`)
  },
  long(dice, bytes) {
    const filler = dice.pick(['A', '\\n', '\\u0041', '9', '=', ' ', '\u00fc']).repeat(MEGABYTE)
    const value = dice.below(4) === 0 ? '9'.repeat(MEGABYTE) : `"${filler.slice(0, MEGABYTE - 4)}"`
    const { from, to, text } = someMatch(dice, bytes, dice.below(2) === 0 ? VALUE : OPENING)
    return spliced(bytes, from, to, text === '' ? `${dice.below(2) === 0 ? '"x"' : value}:${value},` : value)
  },
  literal(dice, bytes) {
    const { from, to } = someMatch(dice, bytes, VALUE)
    const literal = dice.pick([
      ...(['NaN', 'Infinity', '-Infinity', 'undefined', 'True', '0x10', '01', '+1', '.5', '-'] as const),
      ...([
        '1e999',
        '-0',
        '1e-999',
        '9007199254740993',
        '1.0',
        '-1',
        'null',
        'true',
        '{}',
        '[]',
        '""',
      ] as const),
    ])
    return spliced(bytes, from, to, literal)
  },
  trailing(dice, bytes, donor) {
    const more = dice.pick<Uint8Array | string>([' ', '\n', '\0', 'x', ',', '{}', '}', 'null', bytes, donor])
    const around = dice.pick<Uint8Array | string>(['\ufeff', ' ', '\0', '//\n', '[', donor])
    return dice.below(3) === 0
      ? spliced(bytes, 0, 0, around)
      : spliced(bytes, bytes.length, bytes.length, more)
  },
  type(dice, bytes, donor) {
    const { from, to, text } = someMatch(dice, bytes, /(?<="(?:payloadType|type)"\s*:\s*)"[^"]*"/g)
    const types = [IN_TOTO_PAYLOAD_TYPE, POLICY_TYPE, EVENT_PROOF_TYPE, '', 'application/json'] as const
    const other = dice.pick([...types, `${text.slice(1, -1)} `, text.slice(1, -1).toUpperCase()])
    return dice.below(8) === 0 ? donor : spliced(bytes, from, to, JSON.stringify(other))
  },
  base64(dice, bytes) {
    const { from, to, text } = someMatch(dice, bytes, BASE64)
    return text === ''
      ? bytes.subarray(1)
      : spliced(bytes, from, to, Buffer.from(foreign(dice, text), 'latin1'))
  },
  splice(dice, bytes, donor) {
    const [from, start] = [dice.below(bytes.length), dice.below(donor.length)]
    const length = dice.below(64)
    const insert = dice.pick([dice.bytes(length), donor.subarray(start, start + length), Buffer.alloc(0)])
    return spliced(bytes, from, from + dice.below(64), insert)
  },
  swap(dice, bytes) {
    const [one, other] = [someMatch(dice, bytes, VALUE), someMatch(dice, bytes, VALUE)]
    return spliced(bytes, one.from, one.to, Buffer.from(other.text, 'latin1'))
  },
}

/** By how often; the costly ones are rarer. */
const FREQUENT = Object.keys(MUTATIONS).filter(name => name !== 'deep' && name !== 'long')
const NAMES: readonly [string, ...string[]] = ['deep', 'long', ...FREQUENT, ...FREQUENT, ...FREQUENT]

/** Mutates the file, or what is inside the base64 of one of its strings. */
function mutate(dice: Dice, bytes: Buffer, donor: Buffer): { name: string; mutated: Buffer } {
  const name = dice.pick(NAMES)
  const mutation = MUTATIONS[name] ?? ((_, same) => same)
  const inner = dice.below(3) === 0 ? someMatch(dice, bytes, BASE64) : undefined
  if (inner === undefined || inner.text === '') return { name, mutated: mutation(dice, bytes, donor) }
  const decoded = mutation(dice, Buffer.from(inner.text.slice(1, -1), 'base64'), donor)
  const mutated = spliced(bytes, inner.from, inner.to, `"${decoded.toString('base64')}"`)
  return { name: `inner ${name}`, mutated }
}

/** What a pass says: everything a release gate relies on. `undefined` is a refusal. Anything unforeseen is thrown. */
type Trial = () => Promise<string | undefined>

/** Counts outcomes and keeps what breaks the law. */
class Law {
  readonly broken: string[] = []
  private readonly t: ExecutionContext
  private readonly counts = { tried: 0, refused: 0, same: 0, passed: 0, crashed: 0 }
  private readonly kinds = new Set<string>()

  constructor(t: ExecutionContext) {
    this.t = t
    t.timeout(SOAK ? 6 * 3_600_000 : 300_000)
  }

  /** `said` is what the original says; without it every judgement is right that is one. */
  async hold(
    name: string,
    at: number,
    mutated: Buffer,
    trial: Trial,
    said: string | undefined,
  ): Promise<void> {
    this.counts.tried++
    this.kinds.add(name)
    try {
      const says = await trial()
      if (says === undefined) this.counts.refused++
      else if (said === undefined || says === said) this.counts.same++
      else this.breaks('passed', name, at, mutated, says)
    } catch (thrown) {
      const failure = toLannerError(thrown)
      if (failure.exit === 70) this.breaks('crashed', name, at, mutated, stackOf(thrown))
      else this.counts.refused++
    }
  }

  private breaks(how: 'passed' | 'crashed', name: string, at: number, mutated: Buffer, why: string): void {
    this.counts[how]++
    if (this.broken.length >= 10) return
    const text = mutated.toString('latin1')
    this.broken.push(`${how}: ${name}, seed ${SEED}, mutation ${at}: ${why}\n${text.slice(0, 600)}`)
  }

  /** The law for the set, and for the memory of this whole process at its height. */
  assert(): void {
    const peak = process.resourceUsage().maxRSS * 1024
    const { tried, refused, same, passed, crashed } = this.counts
    this.t.log(
      `seed ${SEED}: ${tried} mutations of ${this.kinds.size} kinds tried, ${refused} refused, ${same} of no effect, ${passed} passed, ${crashed} crashed; peak ${Math.round(peak / MEGABYTE)} MiB`,
    )
    this.t.deepEqual(this.broken, [])
    this.t.true(refused > 0)
    this.t.true(peak < MAX_RSS, `${peak} bytes`)
  }
}

function stackOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message).slice(0, 600) : String(thrown)
}

/** Files that verify, and how to verify them. */
interface Ground {
  readonly native: Native
  readonly plan: VerifyPlan
  readonly policy: Buffer
  readonly envelope: Buffer
  /** Files the mutations go to; the plan names them. */
  readonly policyFile: string
  readonly envelopeFile: string
}

function freshFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'lanner-fuzz-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function groundOf(
  native: Native,
  folder: string,
  files: { policy: Buffer; envelope: Buffer; artifact: Buffer; policyKey: KeyObject },
): Ground {
  const { policy, envelope, artifact, policyKey } = files
  const [policyFile, envelopeFile] = [join(folder, 'policy.json'), join(folder, 'envelope.json')]
  writeFileSync(policyFile, policy)
  writeFileSync(envelopeFile, envelope)
  const constraint = { commonname: '', dnsnames: [], emails: [], organizations: [], uris: [] }
  const plan: VerifyPlan = {
    policyFile,
    signers: {
      trust: { keys: [keyVerifier(policyKey)], authorities: [], timestampAuthorities: [] },
      constraint: { ...constraint, roots: ['*'], extensions: {} },
    },
    files: [envelopeFile],
    bundles: [],
    archive: undefined,
    subjects: [{ kind: 'artifact', name: 'falco.jsonl', digest: sha256(artifact) }],
    format: 'json',
    explain: false,
    hardening: 'enforce',
    vsa: undefined,
  }
  return { native, plan, policy, envelope, policyFile, envelopeFile }
}

function payloadOf({ payload, payloadType }: OpenedEnvelope): string {
  return `${payloadType} ${sha256(payload.read(0n, Number(payload.size)))}`
}

/** What the ground's files say when they pass. */
async function verdictOf({ native, plan }: Ground): Promise<string | undefined> {
  const work = new native.Work()
  const { verdict } = await runVerification(native, plan, work)
  if (verdict?.passed !== true) return undefined
  const policy = await readEnvelope(native, plan.policyFile, tmpdir(), work)
  const signed = await verifyEnvelopeSignatures(policy, plan.signers.trust, work)
  return JSON.stringify({
    policy: payloadOf(policy),
    policyKeys: signed.passed.map(({ keyId }) => keyId),
    steps: verdict.steps.map(({ name, candidates }) => [
      name,
      candidates.map(one => (one.passed ? [payloadOf(one.evidence.envelope), one.keyIds] : one.code)),
    ]),
    seeds: verdict.seeds,
  })
}

/** One file mutated, now the envelope, now the policy; the other stays what it was. */
async function fuzzGround(
  law: Law,
  t: ExecutionContext,
  ground: Ground,
  from: number,
  count: number,
): Promise<void> {
  const said = await verdictOf(ground)
  t.truthy(said, 'the original passes')
  for (let at = from; at < from + count; at++) {
    const dice = new Dice(SEED + at)
    const aimed = dice.below(2) === 0
    const [file, bytes, donor] = aimed
      ? ([ground.envelopeFile, ground.envelope, ground.policy] as const)
      : ([ground.policyFile, ground.policy, ground.envelope] as const)
    const { name, mutated } = mutate(dice, bytes, donor)
    writeFileSync(file, mutated)
    await law.hold(`${aimed ? 'envelope' : 'policy'} ${name}`, at, mutated, () => verdictOf(ground), said)
    writeFileSync(file, bytes)
  }
}

/** A statement and a policy of our own, each with its signer, and the proof of one event. */
interface Made {
  readonly ground: Ground
  readonly statement: Buffer
  readonly policyText: Buffer
  readonly step: Signer
  readonly policySigner: Signer
  readonly proof: Buffer
  readonly publicKeyFile: string
}

async function signedText(
  native: Native,
  file: string,
  text: Buffer,
  type: string,
  by: Signer,
): Promise<Buffer> {
  const payload = new native.Payload()
  payload.pushBytes(text)
  await writeEnvelope(native, payload, type, by, { file }, new native.Work())
  return readFileSync(file)
}

async function made(t: ExecutionContext): Promise<Made> {
  const native = await openNative()
  const folder = freshFolder(t)
  const lines = Array.from({ length: 5 }, (_, n) =>
    JSON.stringify({ rule: `R${n}`, priority: 'Notice', time: `2026-01-0${n + 1}T00:00:00Z`, output: 'ü' }),
  )
  const artifact = Buffer.from(`${lines.join('\n')}\n`)
  const capture = join(folder, 'falco.jsonl')
  writeFileSync(capture, artifact)
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const policyPair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const step = createSigner(privateKey, 'step key')
  const policySigner = createSigner(policyPair.privateKey, 'policy key')
  const work = new native.Work()
  const report = JSON.parse((await native.ingestFile(capture, undefined, work)).reportJson().toString())
  const source = { path: 'falco.jsonl', sha256: sha256(artifact) }
  const attestation = { ...report, hostname: 'fuzz', source_file: source, report_file: 'falco.jsonl' }
  const statement = wire(native, {
    _type: STATEMENT_TYPE,
    subject: [{ name: `${FALCO}/report_file:falco.jsonl`, digest: { sha256: sha256(artifact) } }],
    predicateType: COLLECTION_TYPE,
    predicate: { name: 'capture', attestations: [{ type: FALCO, attestation }] },
  })
  const rego = 'package fuzz\n\ndeny[msg] {\n  input.summary.total_events > 5\n  msg := "too many"\n}\n'
  const module = { name: 'fuzz', module: Buffer.from(rego).toString('base64') }
  const policyText = wire(native, {
    expires: '2099-01-01T00:00:00Z',
    publickeys: {
      [step.keyId]: { keyid: step.keyId, key: Buffer.from(publicKeyPem(publicKey)).toString('base64') },
    },
    steps: {
      capture: {
        name: 'capture',
        functionaries: [{ type: 'publickey', publickeyid: step.keyId }],
        attestations: [{ type: FALCO, regopolicies: [module] }],
      },
    },
  })
  const made = join(folder, 'made.json')
  const envelope = await signedText(native, made, statement, IN_TOTO_PAYLOAD_TYPE, step)
  const policy = await signedText(native, made, policyText, POLICY_TYPE, policySigner)
  const publicKeyFile = join(folder, 'step.pub.pem')
  writeFileSync(publicKeyFile, publicKeyPem(publicKey))
  const found = await native.proveEvent(capture, 3n, work)
  const proof = wire(native, {
    type: EVENT_PROOF_TYPE,
    event: found.event.toString('utf8'),
    line: Number(found.line),
    index: 3,
    leaf_hash: found.leafHash,
    audit_path: found.auditPath,
    events_tree: {
      root: found.root,
      size: Number(found.size),
      hashAlgorithm: 'sha256',
      construction: 'RFC6962',
    },
    source_file: source,
    envelope: JSON.parse(envelope.toString('utf8')),
  })
  const ground = groundOf(native, folder, { policy, envelope, artifact, policyKey: policyPair.publicKey })
  return { ground, statement, policyText, step, policySigner, proof, publicKeyFile }
}

function wire(native: Native, value: unknown): Buffer {
  const payload = jsonPayload(native, value)
  return payload.read(0n, Number(payload.size))
}

/** `events verify PROOF -k KEY`, without a process. What it says is the event, its place and what was signed. */
async function provenBy(native: Native, file: string, key: string): Promise<string> {
  const command = new EventsVerifyCommand()
  const stdout = new Writable({ write: (_chunk, _encoding, done) => done() })
  Object.assign(command, { proof: file, envelope: undefined, key, json: 'true' })
  command.context = { stdout } as unknown as LannerContext
  const code = await command.execute()
  if (code !== 0) throw new Error(`it ended with ${code} and no failure`)
  const { event, index, events_tree, source_file, envelope } = readEventProof(file)
  const enclosed = `${file}.envelope`
  writeFileSync(enclosed, JSON.stringify(envelope))
  const signed = payloadOf(await readEnvelope(native, enclosed, tmpdir(), new native.Work()))
  return JSON.stringify([event, index, events_tree, source_file, signed])
}

test.serial(
  'fuzz: no mutation of cilock’s envelope or policy passes with another payload or signer, or crashes',
  async t => {
    const cases = corpus(t, 'golden', 'cases')
    if (cases === undefined) return
    const law = new Law(t)
    const native = await openNative()
    const names = ['001-sig-ed25519', '002-sig-p256', '005-sig-rsa2048']
    const each = Math.floor(COUNT.golden / names.length)
    for (const [at, name] of names.entries()) {
      const file = (path: string): string => join(cases, name, path)
      const { verify } = JSON.parse(readFileSync(file('case.json'), 'utf8')) as { verify: { args: string[] } }
      const named = (flag: string): string => file(verify.args[verify.args.indexOf(flag) + 1] ?? '')
      const ground = groundOf(native, freshFolder(t), {
        policy: readFileSync(named('-p')),
        envelope: readFileSync(named('-a')),
        artifact: readFileSync(named('-f')),
        policyKey: loadPublicKey(named('-k')),
      })
      const count = at === 0 ? COUNT.golden - each * (names.length - 1) : each
      await fuzzGround(law, t, ground, at * COUNT.golden, count)
    }
    law.assert()
  },
)

test.serial(
  'fuzz: no mutation of our envelope or policy passes with another payload or signer, or crashes',
  async t => {
    const law = new Law(t)
    const { ground } = await made(t)
    await fuzzGround(law, t, ground, 1_000_000, COUNT.made)
    law.assert()
  },
)

test.serial(
  'fuzz: no mutation of an event proof passes for another event, place or capture, or crashes',
  async t => {
    const law = new Law(t)
    const { ground, proof, publicKeyFile } = await made(t)
    const file = join(freshFolder(t), 'proof.json')
    writeFileSync(file, proof)
    const said = await provenBy(ground.native, file, publicKeyFile)
    for (let at = 2_000_000; at < 2_000_000 + COUNT.proof; at++) {
      const { name, mutated } = mutate(new Dice(SEED + at), proof, ground.envelope)
      writeFileSync(file, mutated)
      await law.hold(`proof ${name}`, at, mutated, () => provenBy(ground.native, file, publicKeyFile), said)
    }
    law.assert()
  },
)

test.serial('fuzz: hostile text signed by a trusted key is judged, and never a crash', async t => {
  const law = new Law(t)
  const { ground, statement, policyText, step, policySigner } = await made(t)
  for (let at = 3_000_000; at < 3_000_000 + COUNT.signed; at++) {
    const dice = new Dice(SEED + at)
    const aimed = dice.below(2) === 0
    const { name, mutated } = mutate(dice, aimed ? statement : policyText, aimed ? policyText : statement)
    const trial = async (): Promise<string | undefined> => {
      const { native, envelopeFile, policyFile } = ground
      if (aimed) await signedText(native, envelopeFile, mutated, IN_TOTO_PAYLOAD_TYPE, step)
      else await signedText(native, policyFile, mutated, POLICY_TYPE, policySigner)
      return verdictOf(ground)
    }
    await law.hold(`signed ${aimed ? 'statement' : 'policy'} ${name}`, at, mutated, trial, undefined)
    writeFileSync(ground.envelopeFile, ground.envelope)
    writeFileSync(ground.policyFile, ground.policy)
  }
  law.assert()
})
