// The DSSE envelope's JSON around a payload that stays in the addon: signature entries, and the way to a file or to stdout.
// Signs nothing itself; a `Signer` does. Used by `run`, `attest` and `sign`.
import { mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { LannerError } from '../error.ts'
import type { Native, Payload, Work } from '../native/native.ts'
import { writeAll } from '../terminal/output.ts'
import { payloadPae } from './payload.ts'
import type { Signer } from './signer.ts'

/** Where an envelope goes: a file that appears whole or not at all, or an open stream. */
export type EnvelopeTarget = { readonly file: string } | { readonly stream: Writable }

/** One entry of `signatures`, in cilock's member order; certificates are base64 of PEM. */
export interface SignatureEntry {
  readonly keyid: string
  readonly sig: string
  readonly certificate?: string
  readonly intermediates?: readonly string[]
}

/** Signs `payload` and writes the envelope. Nothing is left behind when it fails. Resolves when the file is on disk. */
export async function writeEnvelope(
  native: Native,
  payload: Payload,
  payloadType: string,
  signer: Signer,
  target: EnvelopeTarget,
  work: Work,
): Promise<void> {
  if ('stream' in target) return streamEnvelope(payload, payloadType, signer, target.stream, work)
  // The step may be what makes the folder; when it did not, its evidence must not be lost for that.
  await mkdir(dirname(resolve(target.file)), { recursive: true })
  const envelope = native.createEnvelope(target.file)
  try {
    // The payload does not depend on the signature: encoding it overlaps with hashing it.
    const written = envelope.writePayload(payload, payloadType, work)
    const [signature] = await settleBoth(signer.sign(payloadPae(payload, payloadType, work)), written)
    await envelope.commit(Buffer.from(JSON.stringify([signatureEntry(signer, signature)])), work)
  } catch (thrown) {
    envelope.discard()
    throw thrown
  }
}

/** Waits for both even when one fails, so that no write goes on after the envelope was discarded. */
async function settleBoth<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b])
  return Promise.all([a, b])
}

async function streamEnvelope(
  payload: Payload,
  payloadType: string,
  signer: Signer,
  stream: Writable,
  work: Work,
): Promise<void> {
  const signature = await signer.sign(payloadPae(payload, payloadType, work))
  const entry = signatureEntry(signer, signature)
  const tail = `","payloadType":${JSON.stringify(payloadType)},"signatures":${JSON.stringify([entry])}}`
  let open = await writeAll(stream, '{"payload":"')
  // A multiple of three bytes encodes without padding, so the pieces join into one base64 text.
  const step = 3 << 18
  for (let offset = 0n; open && offset < payload.size; offset += BigInt(step)) {
    open = await writeAll(stream, payload.read(offset, step).toString('base64'))
  }
  if (!open || !(await writeAll(stream, tail))) {
    throw new LannerError('ERR_ENVELOPE_STDOUT', 'stdout was closed before the envelope was written', {
      hint: 'write the envelope to a file with --outfile',
    })
  }
}

/** The entry for a signature by `signer`. */
export function signatureEntry(signer: Signer, signature: Uint8Array): SignatureEntry {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
  return {
    keyid: signer.keyId,
    sig: base64(signature),
    ...(signer.certificate === undefined ? {} : { certificate: base64(signer.certificate) }),
    ...(signer.intermediates === undefined || signer.intermediates.length === 0
      ? {}
      : { intermediates: signer.intermediates.map(base64) }),
  }
}
