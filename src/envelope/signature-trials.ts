// Tries many signatures against many keys over one payload, reading the payload once for all tries that digest it.
// The counterpart of `signer.ts`, with the same three algorithms. Decides nothing about trust. Used by `trust.ts` and `inspect`.
import { constants, createVerify, type KeyObject, type Verify } from 'node:crypto'
import { readDer } from './der.ts'
import { keyAlgorithm } from './key-algorithm.ts'
import type { VerifiablePae } from './signer.ts'

/** One pair. */
export interface SignatureTrial {
  readonly key: KeyObject
  readonly signature: Buffer
}

/** Each costs a digest of the payload of its own, but they share one reading of it. */
const TRIALS_PER_READING = 64
const ED25519_SIGNATURE = 64

/** Which of `trials` hold, in order. Pairs that can't hold by their form alone cost no reading. */
export async function trySignatures(
  trials: readonly SignatureTrial[],
  payload: VerifiablePae,
): Promise<boolean[]> {
  const plausible = trials.filter(isPlausible)
  const pure = plausible.filter(({ key }) => key.asymmetricKeyType === 'ed25519')
  const digested = plausible.filter(({ key }) => key.asymmetricKeyType !== 'ed25519')
  const [held, alsoHeld] = await Promise.all([tryPure(pure, payload), tryDigested(digested, payload)])
  const holding = new Set([...held, ...alsoHeld])
  return trials.map(trial => holding.has(trial))
}

/** Whether the one pair holds; a signature that can't even be read is one that doesn't. */
export async function verifySignature(
  key: KeyObject,
  payload: VerifiablePae,
  signature: Uint8Array,
): Promise<boolean> {
  const [held] = await trySignatures([{ key, signature: Buffer.from(signature) }], payload)
  return held === true
}

/** Ed25519 digests key and signature before the message, so each try reads for itself; the addon's threads share the tries. */
async function tryPure(trials: readonly SignatureTrial[], payload: VerifiablePae): Promise<SignatureTrial[]> {
  const held = await Promise.all(
    trials.map(({ key, signature }) =>
      payload.verifyEd25519(key.export({ format: 'der', type: 'spki' }).subarray(-32), signature),
    ),
  )
  return trials.filter((_, at) => held[at])
}

async function tryDigested(
  trials: readonly SignatureTrial[],
  payload: VerifiablePae,
): Promise<SignatureTrial[]> {
  const held: SignatureTrial[] = []
  for (let at = 0; at < trials.length; at += TRIALS_PER_READING) {
    const batch = trials.slice(at, at + TRIALS_PER_READING)
    const running = batch.map(trial => ({ trial, digest: createVerify('sha256') }))
    await feed(
      payload,
      running.map(({ digest }) => digest),
    )
    for (const { trial, digest } of running) {
      if (digest.verify(parameters(trial.key), trial.signature)) held.push(trial)
    }
  }
  return held
}

async function feed(payload: VerifiablePae, running: readonly Verify[]): Promise<void> {
  for await (const chunk of payload.chunks()) {
    for (const one of running) one.update(chunk)
  }
}

/** The same three algorithms as `signer.ts`; the digest is SHA-256 on every curve. */
function parameters(key: KeyObject): Parameters<Verify['verify']>[0] {
  if (key.asymmetricKeyType !== 'rsa') return { key, dsaEncoding: 'der' }
  return {
    key,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    // Any salt length: writers differ between the longest that fits and the length of the digest.
    saltLength: constants.RSA_PSS_SALTLEN_AUTO,
  }
}

/** Whether the pair could hold, going by the form of the signature. */
export function isPlausible({ key, signature }: SignatureTrial): boolean {
  switch (keyAlgorithm(key, 'public key')) {
    case 'ed25519':
      return signature.length === ED25519_SIGNATURE
    case 'rsa-pss':
      // RFC 8017 §8.1.2: as long as the modulus.
      return signature.length === Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8)
    case 'ecdsa':
      return isEcdsaSignature(signature)
  }
}

/** RFC 3279 §2.2.3: two positive integers. */
function isEcdsaSignature(signature: Buffer): boolean {
  try {
    const numbers = readDer(signature).sequence('the signature')
    return numbers.length === 2 && numbers.every(number => number.integer('the signature') > 0n)
  } catch {
    return false
  }
}
