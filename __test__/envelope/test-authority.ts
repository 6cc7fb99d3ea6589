// A certificate authority and a timestamp authority made by openssl for one test, and envelopes signed under them.
// Asserts nothing. Used by the tests of the trust layer.
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { keyId } from '../../src/envelope/key-id.ts'
import type { TimestampAuthority } from '../../src/envelope/timestamp.ts'
import type { CertificateAuthority } from '../../src/envelope/trust.ts'
import { readPemCertificate, type X509 } from '../../src/envelope/x509.ts'
import { openssl } from './workbench.ts'

/** A certificate with its key, both also as files. */
export interface Identity {
  readonly name: string
  readonly certificate: X509
  readonly pem: Buffer
  readonly key: KeyObject
  readonly keyFile: string
  readonly certificateFile: string
}

const LEAF = [
  'basicConstraints=critical,CA:FALSE',
  'keyUsage=critical,digitalSignature',
  'extendedKeyUsage=codeSigning',
]
const ROOT = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign']
const STAMPER = ['basicConstraints=critical,CA:FALSE', 'extendedKeyUsage=critical,timeStamping']

/** Makes certificates below `folder`; a name is used once. */
export class TestAuthority {
  readonly #folder: string
  #serial = 1

  constructor(folder: string) {
    this.#folder = folder
  }

  root(name: string, extensions: readonly string[] = ROOT): Identity {
    return this.#issue(name, extensions, undefined)
  }

  leaf(name: string, issuer: Identity, extensions: readonly string[] = LEAF, digest = 'sha256'): Identity {
    return this.#issue(name, extensions, issuer, digest)
  }

  stamper(name: string, issuer: Identity, extensions: readonly string[] = STAMPER): Identity {
    return this.#issue(name, extensions, issuer)
  }

  /** A DER TimeStampToken of `stamper` over `data`. */
  stamp(stamper: Identity, data: Buffer): Buffer {
    const at = (name: string): string => join(this.#folder, `${stamper.name}.${name}`)
    writeFileSync(at('serial'), '01')
    writeFileSync(
      at('cnf'),
      `[tsa]\nserial=${at('serial')}\nsigner_digest=sha256\ndefault_policy=1.2.3\ndigests=sha256\naccuracy=secs:1\n`,
    )
    writeFileSync(at('data'), data)
    openssl(['ts', '-query', '-data', at('data'), '-sha256', '-cert', '-no_nonce', '-out', at('tsq')])
    const signer = ['-signer', stamper.certificateFile, '-inkey', stamper.keyFile]
    const reply = [
      'ts',
      '-reply',
      '-config',
      at('cnf'),
      '-section',
      'tsa',
      '-queryfile',
      at('tsq'),
      ...signer,
    ]
    return openssl([...reply, '-token_out'])
  }

  #issue(
    name: string,
    extensions: readonly string[],
    issuer: Identity | undefined,
    digest = 'sha256',
  ): Identity {
    const at = (kind: string): string => join(this.#folder, `${name}.${kind}`)
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    writeFileSync(at('key'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
    writeFileSync(at('ext'), extensions.join('\n'))
    openssl(['req', '-new', '-key', at('key'), '-subj', `/O=Test Org/CN=${name}`, '-out', at('csr')])
    const by =
      issuer === undefined
        ? ['-signkey', at('key')]
        : ['-CA', issuer.certificateFile, '-CAkey', issuer.keyFile, '-set_serial', String(++this.#serial)]
    openssl([
      'x509',
      '-req',
      `-${digest}`,
      '-in',
      at('csr'),
      ...by,
      '-days',
      '2',
      '-extfile',
      at('ext'),
      '-out',
      at('crt'),
    ])
    const pem = readFileSync(at('crt'))
    return {
      name,
      certificate: readPemCertificate(pem, name),
      pem,
      key: createPrivateKey(readFileSync(at('key'))),
      keyFile: at('key'),
      certificateFile: at('crt'),
    }
  }
}

/** `identity` as a root of a policy. */
export function asAuthority(identity: Identity, ...intermediates: readonly Identity[]): CertificateAuthority {
  return {
    id: identity.name,
    roots: [identity.certificate],
    intermediates: intermediates.map(({ certificate }) => certificate),
  }
}

/** `identity` as a timestamp authority of a policy. */
export function asTimestampAuthority(identity: Identity): TimestampAuthority {
  return { id: identity.name, certificates: [identity.certificate] }
}

/** A signature over `pae` as DSSE carries it. */
export function signatureBy(key: KeyObject, pae: Buffer): { keyid: string; sig: string } {
  const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  return { keyid: keyId(key), sig: sign(digest, pae, key).toString('base64') }
}

/** Turns one bit of `bytes`. */
export function withBit(bytes: Buffer, at: number, bit: number): Buffer {
  const changed = Buffer.from(bytes)
  changed[at] = (changed[at] ?? 0) ^ (1 << bit)
  return changed
}
