// A second opinion on what an envelope says, by `JSON.parse` and `Buffer` alone: no line of it is shared with the reader under test.
// It decides whether a mutation that passed changed anything that is signed. Used by the judges of `targets`.
import { createHash } from 'node:crypto'

/** What counts of an envelope: the signed bytes, the type they are signed as, the signatures. */
export interface Decoded {
  readonly payload: string
  readonly payloadType: string
  /** Hex. */
  readonly signatures: readonly string[]
}

/** Decodes as Go's `encoding/json` and `encoding/base64` do, which cilock reads with. Throws for what is not JSON. */
export function decode(bytes: Uint8Array): Decoded {
  const members = folded(Buffer.from(bytes).toString('utf8'))
  return {
    payload: createHash('sha256')
      .update(base64(text(members, 'payload')))
      .digest('hex'),
    payloadType: text(members, 'payloadtype'),
    signatures: elements(members.get('signatures') ?? '[]')
      .filter(entry => entry !== 'null')
      .map(entry => base64(text(folded(entry), 'sig')).toString('hex')),
  }
}

/** Whether `mutated` says what `original` says: the same signed bytes and type, and every signature of the original. */
export function sameEnvelope(mutated: Uint8Array, original: Decoded): boolean {
  const { payload, payloadType, signatures } = decode(mutated)
  return (
    payload === original.payload &&
    payloadType === original.payloadType &&
    original.signatures.every(signature => signatures.includes(signature))
  )
}

/** The members of an object as JSON text, by their folded keys; the last of several wins. */
function folded(json: string): Map<string, string> {
  JSON.parse(json)
  const members = new Map<string, string>()
  let at = json.indexOf('{') + 1
  for (;;) {
    const key = /[\s,]*("(?:[^"\\]|\\.)*")\s*:\s*/y
    key.lastIndex = at
    const found = key.exec(json)
    if (found === null) return members
    const from = key.lastIndex
    at = endOfValue(json, from)
    members.set(fold(JSON.parse(found[1] ?? '""') as string), json.slice(from, at))
  }
}

/** The elements of an array as JSON text. */
function elements(json: string): string[] {
  const found: string[] = []
  for (let at = json.indexOf('[') + 1; at > 0; ) {
    const gap = /[\s,]*/y
    gap.lastIndex = at
    gap.exec(json)
    const end = endOfValue(json, gap.lastIndex)
    if (end === gap.lastIndex) break
    found.push(json.slice(gap.lastIndex, end).trimEnd())
    at = end
  }
  return found
}

/** Where the value that begins at `from` ends; the text is known to be JSON. */
function endOfValue(json: string, from: number): number {
  let depth = 0
  for (let at = from; at < json.length; at++) {
    const character = json[at]
    if (character === '"') at = endOfString(json, at)
    else if (character === '{' || character === '[') depth++
    else if (depth > 0 && (character === '}' || character === ']')) depth--
    else if (depth === 0 && /[,}\]]/.test(character ?? '')) return at
  }
  return json.length
}

function endOfString(json: string, from: number): number {
  let at = from + 1
  while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1
  return at
}

/** Upper case first: it is what turns ſ into S, and the Kelvin sign has a lower case only. */
function fold(key: string): string {
  return key.toUpperCase().toLowerCase()
}

function text(members: ReadonlyMap<string, string>, key: string): string {
  const value: unknown = JSON.parse(members.get(key) ?? 'null')
  if (value === null) return ''
  if (typeof value !== 'string') throw new TypeError(`${key} is no string`)
  return value
}

/** RFC 4648 §4 with padding; line breaks are passed over and stray bits are let go. */
function base64(encoded: string): Buffer {
  const plain = encoded.replaceAll(/[\r\n]/g, '')
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(plain) || plain.length % 4 !== 0) throw new TypeError('no base64')
  return Buffer.from(plain, 'base64')
}
