// The keys and certificates a policy trusts, parsed and checked against their ids.
// Checks no signature; `envelope/trust.ts` does. Used once for each policy.
import { createPublicKey, type KeyObject } from 'node:crypto'
import { keyAlgorithm } from '../envelope/key-algorithm.ts'
import { keyId } from '../envelope/key-id.ts'
import { firstPemBlock } from '../envelope/pem.ts'
import type {
  CertificateAuthority,
  RawKeyVerifier,
  TimestampAuthority,
  TrustedKeys,
} from '../envelope/trust.ts'
import { readPemCertificate } from '../envelope/x509.ts'
import { LannerError } from '../error.ts'
import type { PolicyDocument, PolicyRoot } from './policy-document.ts'

/** Ids of this form name a key in a key-management service; the policy carries its public half. */
const KMS_ID = /^(?:awskms|gcpkms|azurekms|hashivault):\/\//

/** Everything `policy` trusts. Throws `ERR_POLICY_KEY` or `ERR_POLICY_CERTIFICATE`, also for what no step uses. */
export function policyTrust(policy: PolicyDocument): TrustedKeys {
  return {
    keys: Object.entries(policy.publickeys).map(([id, entry]) => policyKey(`publickeys.${id}`, entry)),
    authorities: Object.entries(policy.roots).map(([id, root]) => authority(id, root)),
    timestampAuthorities: Object.entries(policy.timestampauthorities).map(([id, root]) =>
      timestampAuthority(id, root),
    ),
  }
}

function policyKey(path: string, entry: { keyid: string; key: Buffer }): RawKeyVerifier {
  const key = publicKey(entry.key, `${path}.key`)
  const actual = keyId(key)
  if (actual === entry.keyid || KMS_ID.test(entry.keyid)) return { kind: 'key', keyId: entry.keyid, key }
  throw new LannerError(
    'ERR_POLICY_KEY',
    `${path}.keyid: is \`${entry.keyid}\`, but the key's id is ${actual}`,
    {
      exit: 1,
      facts: { path: `${path}.keyid`, expected: actual },
      hint: '`lanner keyid show KEY` prints the id of a key',
    },
  )
}

function publicKey(pem: Buffer, path: string): KeyObject {
  try {
    const { der } = firstPemBlock(pem, { file: path, expected: 'a PEM public key' })
    const key = spki(der) ?? createPublicKey({ key: der, format: 'der', type: 'pkcs1' })
    keyAlgorithm(key, path)
    return key
  } catch (cause) {
    throw new LannerError('ERR_POLICY_KEY', `${path}: holds no public key that signs here`, {
      exit: 1,
      facts: { path },
      cause,
    })
  }
}

function spki(der: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}

function authority(id: string, root: PolicyRoot): CertificateAuthority {
  const [first, ...rest] = certificates(`roots.${id}`, root)
  return { id, roots: first === undefined ? [] : [first], intermediates: rest }
}

function timestampAuthority(id: string, root: PolicyRoot): TimestampAuthority {
  return { id, certificates: certificates(`timestampauthorities.${id}`, root) }
}

function certificates(path: string, root: PolicyRoot): ReturnType<typeof readPemCertificate>[] {
  const named = [
    [`${path}.certificate`, root.certificate] as const,
    ...root.intermediates.map((pem, index) => [`${path}.intermediates.${index}`, pem] as const),
  ]
  return named.map(([at, pem]) => {
    try {
      return readPemCertificate(pem, at)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : 'unreadable'
      throw new LannerError('ERR_POLICY_CERTIFICATE', why, { exit: 1, facts: { path: at }, cause })
    }
  })
}
