// Opens the recorded verify cases as far as signatures go: the policy, who it trusts, the attestation and the recorded verdict.
// Asserts nothing. Used by the tests of the trust layer.

import { createPublicKey } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { firstPemBlock } from '../../src/envelope/pem.ts'
import { type ReadEnvelope, readEnvelope } from '../../src/envelope/reading.ts'
import { keyVerifier, type TrustedKeys } from '../../src/envelope/trust.ts'
import { isSelfSigned, readPemBundle, readPemCertificate } from '../../src/envelope/x509.ts'
import { openNative, type Work } from '../../src/native/native.ts'

/** One recorded case. */
export interface RecordedCase {
  readonly name: string
  readonly folder: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly exit: number
  readonly class: string
}

/** The parts of a policy document that say who may sign. */
export interface SigningPolicy {
  readonly roots?: Record<string, { certificate: string; intermediates?: string[] }>
  readonly timestampauthorities?: Record<string, { certificate: string; intermediates?: string[] }>
  readonly publickeys?: Record<string, { keyid: string; key: string }>
  readonly steps: Record<
    string,
    {
      readonly functionaries: {
        readonly publickeyid?: string
        readonly certConstraint?: Record<string, never>
      }[]
      readonly timestampConstraint?: { notBefore?: string; notAfter?: string; maxAge?: string } | null
    }
  >
}

/** Every case of the categories named. */
export function recordedCases(golden: string, categories: readonly string[]): RecordedCase[] {
  const cases = join(golden, 'cases')
  return readdirSync(cases)
    .filter(name => categories.includes(name.split('-')[1] ?? ''))
    .sort()
    .map(name => {
      const folder = join(cases, name)
      const { verify, expected } = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8'))
      return {
        name,
        folder,
        args: verify.args,
        env: verify.env ?? {},
        exit: expected.exit,
        class: expected.class,
      }
    })
}

/** The value after `flag`, `undefined` when it isn't there. */
export function flag(recorded: RecordedCase, name: string): string | undefined {
  const at = recorded.args.indexOf(name)
  return at < 0 ? undefined : recorded.args[at + 1]
}

/** The file named after `name`. */
export function fileFlag(recorded: RecordedCase, name: string): string | undefined {
  const value = flag(recorded, name)
  return value === undefined ? undefined : join(recorded.folder, value)
}

export async function openEnvelope(file: string): Promise<{ envelope: ReadEnvelope; work: Work }> {
  const native = await openNative()
  const work = new native.Work()
  return { envelope: await readEnvelope(native, file, tmpdir(), work), work }
}

/** The whole payload as JSON. */
export function payloadJson(envelope: ReadEnvelope): unknown {
  return JSON.parse(envelope.payload.read(0n, Number(envelope.payload.size)).toString('utf8'))
}

/** Who a policy document trusts. */
export function trustOfPolicy(policy: SigningPolicy): TrustedKeys {
  const pem = (base64: string): Buffer => Buffer.from(base64, 'base64')
  const certificates = (entry: { certificate: string; intermediates?: string[] }, at: string) =>
    [entry.certificate, ...(entry.intermediates ?? [])].map(text => readPemCertificate(pem(text), at))
  return {
    keys: Object.values(policy.publickeys ?? {}).map(({ key }) => keyVerifier(publicKey(pem(key)))),
    authorities: Object.entries(policy.roots ?? {}).map(([id, entry]) => {
      const [root, ...intermediates] = certificates(entry, id)
      return { id, roots: root === undefined ? [] : [root], intermediates }
    }),
    timestampAuthorities: Object.entries(policy.timestampauthorities ?? {}).map(([id, entry]) => ({
      id,
      certificates: certificates(entry, id),
    })),
  }
}

/** Who the flags of a case trust to sign its policy. A certificate given as `-k` is no bare key and matches nothing alone. */
export function trustOfFlags(recorded: RecordedCase): TrustedKeys {
  const key = fileFlag(recorded, '-k')
  const roots = fileFlag(recorded, '--policy-ca-roots')
  const intermediates = fileFlag(recorded, '--policy-ca-intermediates')
  const stamps = fileFlag(recorded, '--policy-timestamp-servers')
  const bundle = [roots, intermediates].flatMap(file =>
    file === undefined ? [] : readPemBundle(readFileSync(file), file),
  )
  const isCertificate = key !== undefined && readFileSync(key, 'utf8').includes('BEGIN CERTIFICATE')
  return {
    keys: key === undefined || isCertificate ? [] : [keyVerifier(publicKey(readFileSync(key)))],
    authorities:
      bundle.length === 0
        ? []
        : [
            {
              id: 'flags',
              roots: bundle.filter(isSelfSigned),
              intermediates: bundle.filter(one => !isSelfSigned(one)),
            },
          ],
    timestampAuthorities:
      stamps === undefined
        ? []
        : [{ id: 'flags', certificates: readPemBundle(readFileSync(stamps), stamps) }],
  }
}

function publicKey(pem: Buffer): ReturnType<typeof createPublicKey> {
  const { der } = firstPemBlock(pem, { file: 'key', expected: 'a PEM public key' })
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' })
  } catch {
    return createPublicKey({ key: der, format: 'der', type: 'pkcs1' })
  }
}
