// What a Rego module sees as `input`: the attestation's own JSON, with or without the events that were left in the payload.
// Evaluates nothing; `rego.ts` does. Built by the judging of steps and external attestations.
import { LannerError } from '../error.ts'
import type { Payload } from '../native/native.ts'
import { type ExactValue, exactPieces, type LeftOut } from './exact-json.ts'

/** One part of an input: a value, and the payload its left-out arrays lie in. */
export interface InputPart {
  readonly value: ExactValue
  readonly payload: Payload
}

/** A value takes several times its text in the engine; beyond this a module must do with the summary. */
const MAX_INPUT = 256 << 20
const CHUNK = 8 << 20

/** What the modules of a step with `attestationsFrom` or `externalFrom` see besides the attestation. */
export interface InputContext {
  readonly steps: ReadonlyMap<string, ReadonlyMap<string, InputPart>>
  readonly external: ReadonlyMap<string, InputPart> | undefined
}

/** `part` as it is; events that were left out are `null` unless `withEvents`. */
export function regoInput(part: InputPart, withEvents: boolean): Buffer {
  return joined(partPieces(part, withEvents))
}

/** `{attestation, steps, external?}`, where left-out events are `null` everywhere unless `withEvents`. */
export function wrappedRegoInput(attestation: InputPart, context: InputContext, withEvents: boolean): Buffer {
  function* pieces(): Generator<string | Buffer> {
    yield '{"attestation":'
    yield* partPieces(attestation, withEvents)
    yield ',"steps":'
    yield* objectPieces(context.steps, types => objectPieces(types, part => partPieces(part, withEvents)))
    if (context.external !== undefined) {
      yield ',"external":'
      yield* objectPieces(context.external, part => partPieces(part, withEvents))
    }
    yield '}'
  }
  return joined(pieces())
}

function* objectPieces<Value>(
  entries: ReadonlyMap<string, Value>,
  pieces: (value: Value) => Iterable<string | Buffer>,
): Generator<string | Buffer> {
  let separator = '{'
  for (const [key, value] of entries) {
    yield `${separator}${JSON.stringify(key)}:`
    yield* pieces(value)
    separator = ','
  }
  yield separator === '{' ? '{}' : '}'
}

function* partPieces({ value, payload }: InputPart, withEvents: boolean): Generator<string | Buffer> {
  for (const piece of exactPieces(value)) {
    if (typeof piece === 'string') yield piece
    else if (piece.what === 'events' && !withEvents) yield 'null'
    else if (piece.length > BigInt(MAX_INPUT)) throw tooLarge(piece.length)
    else yield* spanPieces(payload, piece)
  }
}

/** In parts, since one reading gives no more than the addon hands out at once. */
function* spanPieces(payload: Payload, { offset, length }: LeftOut): Generator<Buffer> {
  for (let done = 0n; done < length; done += BigInt(CHUNK)) {
    const left = length - done
    yield payload.read(offset + done, left < CHUNK ? Number(left) : CHUNK)
  }
}

function joined(pieces: Iterable<string | Buffer>): Buffer {
  const parts: Buffer[] = []
  let text: string[] = []
  let size = 0
  const add = (part: Buffer): void => {
    size += part.length
    if (size > MAX_INPUT) throw tooLarge(BigInt(size))
    parts.push(part)
  }
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      text.push(piece)
      if (text.length < 65_536) continue
    }
    add(Buffer.from(text.join('')))
    text = []
    if (typeof piece !== 'string') add(piece)
  }
  add(Buffer.from(text.join('')))
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
}

function tooLarge(size: bigint): LannerError {
  return new LannerError(
    'ERR_REGO_INPUT_SIZE',
    `the input of the Rego modules is too large (${size} bytes)`,
    {
      exit: 1,
      hint: 'use `input.summary` in the policy: modules that name only constant paths beside `input.events` are not given the events',
    },
  )
}
