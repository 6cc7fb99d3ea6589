// Says which keys may sign here and by which algorithm, and refuses the rest by name.
// Doesn't load or use keys. Called on every key right after it was parsed.
import type { KeyObject, X509Certificate } from 'node:crypto'
import { LannerError } from '../error.ts'

/** Ed25519 over the bytes; ECDSA with SHA-256 on every curve, in DER; RSA-PSS with SHA-256 and MGF1-SHA-256. */
export type KeyAlgorithm = 'ed25519' | 'ecdsa' | 'rsa-pss'

/** Below this a factored modulus is within reach (NIST SP 800-131A allows no less for signatures). */
export const MIN_RSA_BITS = 2048

/** OpenSSL's names of P-256, P-384 and P-521. */
const CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1'])

/** The algorithm `key` signs with, or an `ERR_KEY_TYPE` that names what `file` holds instead. */
export function keyAlgorithm(key: KeyObject, file: string): KeyAlgorithm {
  const details = key.asymmetricKeyDetails ?? {}
  switch (key.asymmetricKeyType) {
    case 'ed25519':
      return 'ed25519'
    case 'ec': {
      const curve = details.namedCurve
      if (curve !== undefined && CURVES.has(curve)) return 'ecdsa'
      throw refused(file, `an ECDSA key on curve ${curve ?? 'with parameters of its own'}`)
    }
    case 'rsa': {
      const bits = details.modulusLength ?? 0
      if (bits < MIN_RSA_BITS) throw refused(file, `an RSA key of ${bits} bits`)
      // With exponent 1 a "signature" is the padded digest itself, which anyone can write.
      if ((details.publicExponent ?? 0n) < 3n)
        throw refused(file, 'an RSA key with a public exponent below 3')
      return 'rsa-pss'
    }
    case 'rsa-pss':
      throw refused(
        file,
        'an RSA key restricted to PSS',
        'convert it to a plain RSA key; it signs with PSS all the same',
      )
    default:
      throw refused(file, `a key of type ${key.asymmetricKeyType ?? 'unknown'}`)
  }
}

/** The public key of a certificate; OpenSSL throws where it doesn't know the algorithm at all. */
export function certificateKey(certificate: X509Certificate, file: string): KeyObject {
  try {
    return certificate.publicKey
  } catch {
    throw refused(file, 'a certificate for a key of an unknown type')
  }
}

function refused(file: string, what: string, hint?: string): LannerError {
  return new LannerError('ERR_KEY_TYPE', `\`${file}\` holds ${what}, which does not sign here`, {
    facts: { file, found: what },
    hint: hint ?? `use Ed25519, ECDSA on P-256, P-384 or P-521, or RSA of ${MIN_RSA_BITS} bits or more`,
  })
}
