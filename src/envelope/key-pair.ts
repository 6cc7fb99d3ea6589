// Generates key pairs and writes them: a private PKCS#8 file only its owner can read, and the public half beside it.
// Chooses no names but the public file's. Used by `keygen`.
import { generateKeyPair, type KeyObject } from 'node:crypto'
import { unlink } from 'node:fs/promises'
import { promisify } from 'node:util'
import { usageError } from '../error.ts'
import { assertAbsent, writeFileAtomic } from './atomic-file.ts'
import { encryptPkcs8 } from './encrypted-pkcs8.ts'
import { keyId, publicKeyPem } from './key-id.ts'
import { encodePem } from './pem.ts'
import type { Secret } from './secret.ts'

const generate = promisify(generateKeyPair)

const GENERATORS = {
  ed25519: () => generate('ed25519'),
  'ecdsa-p256': () => generate('ec', { namedCurve: 'P-256' }),
  'ecdsa-p384': () => generate('ec', { namedCurve: 'P-384' }),
  'ecdsa-p521': () => generate('ec', { namedCurve: 'P-521' }),
  'rsa-3072': () => generate('rsa', { modulusLength: 3072 }),
  'rsa-4096': () => generate('rsa', { modulusLength: 4096 }),
} as const

/** The kinds of key `keygen` makes. */
export type KeyKind = keyof typeof GENERATORS

/** In the order help lists them. */
export const KEY_KINDS: readonly KeyKind[] = Object.keys(GENERATORS) as KeyKind[]

/** What was written. */
export interface WrittenKeyPair {
  readonly keyId: string
  readonly privateFile: string
  readonly publicFile: string
}

export interface KeyPairRequest {
  readonly kind: KeyKind
  readonly file: string
  /** Encrypts the private file. */
  readonly passphrase?: Secret | undefined
  /** Replaces files already there. */
  readonly force: boolean
}

/** Reads the value of `--type`. */
export function parseKeyKind(text: string): KeyKind {
  const kind = KEY_KINDS.find(known => known === text)
  if (kind !== undefined) return kind
  throw usageError('ERR_USAGE_KEY_TYPE', `key type \`${text}\` is not one of ${KEY_KINDS.join(', ')}`)
}

/** `key.pem` → `key.pub.pem`. */
export function publicFileOf(privateFile: string): string {
  return `${privateFile.replace(/\.pem$/, '')}.pub.pem`
}

/** Both files or neither; without `force`, an existing file is never touched. */
export async function writeKeyPair(request: KeyPairRequest): Promise<WrittenKeyPair> {
  const { file, force } = request
  const publicFile = publicFileOf(file)
  const existing = force ? 'replace' : 'refuse'
  // Looked at before the key is made, so that a refusal costs nothing.
  if (!force) for (const name of [file, publicFile]) await assertAbsent(name)
  const { privateKey, publicKey } = await GENERATORS[request.kind]()
  await writeFileAtomic(file, [await privateText(privateKey, request.passphrase)], { mode: 0o600, existing })
  try {
    await writeFileAtomic(publicFile, [Buffer.from(publicKeyPem(publicKey))], { mode: 0o644, existing })
  } catch (cause) {
    // Written by us a moment ago: with `refuse` it can't be anybody else's.
    if (!force) await unlink(file)
    throw cause
  }
  return { keyId: keyId(publicKey), privateFile: file, publicFile }
}

async function privateText(key: KeyObject, passphrase: Secret | undefined): Promise<Buffer> {
  const der = key.export({ format: 'der', type: 'pkcs8' })
  try {
    return Buffer.from(
      passphrase === undefined ? encodePem('PRIVATE KEY', der) : await encryptPkcs8(der, passphrase),
    )
  } finally {
    der.fill(0)
  }
}
