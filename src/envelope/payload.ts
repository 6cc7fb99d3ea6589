// Bridges a payload held by the addon to statements and signers: builds it piece by piece, reads its PAE in chunks.
// Holds no bytes of a large payload. Used by `dsse.ts`, the commands and `inspect`.
import type { Native, Payload, Work } from '../native/native.ts'
import type { SignablePae, VerifiablePae } from './signer.ts'
import { type JsonSink, writeJson } from './splice.ts'

const CHUNK = 1 << 20

/** The compact JSON of `value` as a payload; splices are joined in by the addon. */
export function jsonPayload(native: Native, value: unknown): Payload {
  const payload = new native.Payload()
  let text = ''
  const flush = (): void => {
    if (text !== '') payload.pushBytes(Buffer.from(text))
    text = ''
  }
  const sink: JsonSink<Payload> = {
    text(json) {
      text += json
      if (text.length > CHUNK) flush()
    },
    splice(source) {
      flush()
      source.appendTo(payload)
    },
  }
  writeJson(value, sink)
  flush()
  return payload
}

/** The pre-authentication encoding of `payload` (DSSE v1), to be signed or verified without reading it into memory. */
export function payloadPae(payload: Payload, payloadType: string, work: Work): SignablePae & VerifiablePae {
  const length = payload.paeLength(payloadType)
  return {
    length,
    async *chunks() {
      for (let offset = 0n; offset < length; offset += BigInt(CHUNK)) {
        yield await payload.readPae(payloadType, offset, CHUNK)
      }
    },
    signEd25519: seed => payload.signEd25519(payloadType, seed, work),
    verifyEd25519: (publicKey, signature) => payload.verifyEd25519(payloadType, publicKey, signature, work),
  }
}
