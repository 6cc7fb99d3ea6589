// A capture of ours with its signed statement, a policy for it and the proof of one event: the same bytes in every process.
// Keys come from fixed seeds, so that a mutation can be repeated by its number. Used by the targets.
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeEnvelope } from '../../src/envelope/dsse.ts'
import { newEventProof } from '../../src/envelope/event-proof.ts'
import { publicKeyPem } from '../../src/envelope/key-id.ts'
import { jsonPayload } from '../../src/envelope/payload.ts'
import { createSigner, type Signer } from '../../src/envelope/signer.ts'
import { COLLECTION_TYPE, IN_TOTO_PAYLOAD_TYPE, STATEMENT_TYPE } from '../../src/envelope/statement.ts'
import type { Native } from '../../src/native/native.ts'
import { artifact, type Files, sha256 } from './verification-target.ts'

export const POLICY_TYPE = 'https://witness.testifysec.com/policy/v0.1'
const FALCO = 'https://aflock.ai/attestations/falco/v0.1'
const REGO = 'package fuzz\n\ndeny[msg] {\n  input.summary.total_events > 5\n  msg := "too many"\n}\n'

/** Everything of one step, ready to be damaged. */
export interface OwnFiles {
  readonly files: Files
  readonly statement: Buffer
  readonly policyText: Buffer
  readonly step: Signer
  readonly policySigner: Signer
  readonly proof: Buffer
  readonly publicKeyFile: string
}

/** Makes them in `folder`. */
export async function ownFiles(native: Native, folder: string): Promise<OwnFiles> {
  const [stepKey, policyKey] = [fixedKey(1), fixedKey(2)]
  const step = createSigner(stepKey, 'step key')
  const policySigner = createSigner(policyKey, 'policy key')
  const lines = Array.from({ length: 5 }, (_, n) =>
    JSON.stringify({ rule: `R${n}`, priority: 'Notice', time: `2026-01-0${n + 1}T00:00:00Z`, output: 'ü' }),
  )
  const bytes = Buffer.from(`${lines.join('\n')}\n`)
  const capture = join(folder, 'falco.jsonl')
  writeFileSync(capture, bytes)
  const statement = wire(native, await captureStatement(native, capture, bytes))
  const policyText = wire(native, policyFor(step, createPublicKey(stepKey)))
  const envelope = await signedText(native, join(folder, 'own.json'), statement, IN_TOTO_PAYLOAD_TYPE, step)
  const policy = await signedText(native, join(folder, 'own.json'), policyText, POLICY_TYPE, policySigner)
  const publicKeyFile = join(folder, 'step.pub.pem')
  writeFileSync(publicKeyFile, publicKeyPem(createPublicKey(stepKey)))
  const found = await native.proveEvent(capture, 3n, new native.Work())
  const proof = newEventProof(found, 3, 'falco.jsonl', JSON.parse(envelope.toString('utf8')))
  return {
    files: {
      policy,
      envelopes: [envelope],
      policyKey: createPublicKey(policyKey),
      seeds: [artifact('falco.jsonl', bytes)],
    },
    statement,
    policyText,
    step,
    policySigner,
    proof: wire(native, proof),
    publicKeyFile,
  }
}

/** Signs any text as a payload of that type. */
export async function signedText(
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

async function captureStatement(native: Native, capture: string, bytes: Buffer): Promise<unknown> {
  const ingested = await native.ingestFile(capture, undefined, new native.Work())
  const report = JSON.parse(ingested.reportJson().toString())
  const source = { path: 'falco.jsonl', sha256: sha256(bytes) }
  const attestation = { ...report, hostname: 'fuzz', source_file: source, report_file: 'falco.jsonl' }
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name: `${FALCO}/report_file:falco.jsonl`, digest: { sha256: sha256(bytes) } }],
    predicateType: COLLECTION_TYPE,
    predicate: { name: 'capture', attestations: [{ type: FALCO, attestation }] },
  }
}

function policyFor({ keyId }: Signer, publicKey: KeyObject): unknown {
  const module = { name: 'fuzz', module: Buffer.from(REGO).toString('base64') }
  const key = Buffer.from(publicKeyPem(publicKey)).toString('base64')
  return {
    expires: '2099-01-01T00:00:00Z',
    publickeys: { [keyId]: { keyid: keyId, key } },
    steps: {
      capture: {
        name: 'capture',
        functionaries: [{ type: 'publickey', publickeyid: keyId }],
        attestations: [{ type: FALCO, regopolicies: [module] }],
      },
    },
  }
}

/** An Ed25519 key whose 32 private bytes are all `byte` (PKCS#8, RFC 8410 §7). */
function fixedKey(byte: number): KeyObject {
  const head = Buffer.from('302e020100300506032b657004220420', 'hex')
  return createPrivateKey({
    key: Buffer.concat([head, Buffer.alloc(32, byte)]),
    format: 'der',
    type: 'pkcs8',
  })
}

function wire(native: Native, value: unknown): Buffer {
  const payload = jsonPayload(native, value)
  return payload.read(0n, Number(payload.size))
}
