// Reads DER (X.690 §10): one element at a time, as views of the bytes it was given, refusing every encoding but the one DER allows.
// Knows no structure; certificates and time-stamp tokens are read on top of it. Nothing is ever written back, so what a signature
// covers is always the bytes that came.
import { LannerError } from '../error.ts'

/** Identifier octets (X.690 §8.1.2) of what is read here. Context tags are in {@link contextTag}. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  utcTime: 0x17,
  generalizedTime: 0x18,
} as const

/** No certificate or token comes near this many elements inside each other. */
const MAX_DEPTH = 32

/** The identifier octet of `[number]`, constructed or primitive. */
export function contextTag(number: number, form: 'constructed' | 'primitive'): number {
  return (form === 'constructed' ? 0xa0 : 0x80) | number
}

/** One element. */
export class Der {
  /** The identifier octet. */
  readonly tag: number
  /** Header and content. */
  readonly raw: Buffer
  readonly content: Buffer
  readonly #depth: number

  constructor(tag: number, raw: Buffer, content: Buffer, depth: number) {
    this.tag = tag
    this.raw = raw
    this.content = content
    this.#depth = depth
  }

  /** The elements inside; the element itself must be constructed. */
  children(): Der[] {
    if ((this.tag & 0x20) === 0) throw malformed('a primitive element where a structure belongs')
    return readAll(this.content, this.#depth + 1)
  }

  /** The element itself when it has `tag`. */
  expect(tag: number, what: string): this {
    if (this.tag === tag) return this
    throw malformed(`${what} has tag 0x${this.tag.toString(16)}, expected 0x${tag.toString(16)}`)
  }

  /** The children of a SEQUENCE. */
  sequence(what: string): Der[] {
    return this.expect(TAG.sequence, what).children()
  }

  /** The one child of an explicitly tagged element. */
  only(what: string): Der {
    const [child, ...rest] = this.children()
    if (child === undefined || rest.length > 0) throw malformed(`${what} holds not exactly one element`)
    return child
  }

  /** An object identifier in dotted form. */
  oid(what: string): string {
    return dottedOid(this.expect(TAG.oid, what).content, what)
  }

  /** The octets of an OCTET STRING. */
  octets(what: string): Buffer {
    return this.expect(TAG.octetString, what).content
  }

  /** An integer, any size. */
  integer(what: string): bigint {
    const { content } = this.expect(TAG.integer, what)
    const [first, second] = content
    if (first === undefined) throw malformed(`${what} is an empty integer`)
    // X.690 §8.3.2: the first nine bits are neither all zero nor all one.
    if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
      throw malformed(`${what} is an integer with needless bytes`)
    }
    const magnitude = BigInt(`0x${content.toString('hex')}`)
    return first < 0x80 ? magnitude : magnitude - (1n << BigInt(8 * content.length))
  }

  /** A small integer that isn't negative. */
  count(what: string): number {
    const value = this.integer(what)
    if (value < 0n || value > 0x7fffffffn) throw malformed(`${what} is out of range`)
    return Number(value)
  }

  boolean(what: string): boolean {
    const { content } = this.expect(TAG.boolean, what)
    if (content.length === 1 && content[0] === 0xff) return true
    if (content.length === 1 && content[0] === 0) return false
    throw malformed(`${what} is no boolean`)
  }

  /** The bits of a BIT STRING, first bit first. */
  bits(what: string): boolean[] {
    const { content } = this.expect(TAG.bitString, what)
    const unused = content[0]
    if (unused === undefined || unused > 7 || (content.length === 1 && unused > 0)) {
      throw malformed(`${what} is no bit string`)
    }
    const bits = [...content.subarray(1)].flatMap(byte =>
      [7, 6, 5, 4, 3, 2, 1, 0].map(bit => ((byte >> bit) & 1) === 1),
    )
    return bits.slice(0, bits.length - unused)
  }

  /** UTCTime or GeneralizedTime, always in Z (RFC 5280 §4.1.2.5, RFC 3161 §2.4.2). Fractions beyond milliseconds are cut off. */
  time(what: string): Date {
    const text = this.content.toString('latin1')
    const [year, rest] =
      this.tag === TAG.utcTime
        ? [fullYear(text.slice(0, 2)), text.slice(2)]
        : [this.expect(TAG.generalizedTime, what).content.toString('latin1').slice(0, 4), text.slice(4)]
    const match = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d+))?Z$/.exec(rest)
    if (match === null || !/^\d{4}$/.test(year)) throw malformed(`${what} is no time in UTC`)
    const [month, day, hour, minute, second, fraction] = match.slice(1)
    if (fraction !== undefined && (this.tag === TAG.utcTime || fraction.endsWith('0'))) {
      throw malformed(`${what} has a fraction DER does not allow`)
    }
    const milliseconds = (fraction ?? '').padEnd(3, '0').slice(0, 3)
    const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}Z`
    const time = new Date(iso)
    // A day that doesn't exist is either refused by Date or moved to another one.
    if (Number.isNaN(time.getTime()) || time.toISOString() !== iso) throw malformed(`${what} is no time`)
    return time
  }
}

/** The one element that `bytes` is. Throws `ERR_DER_MALFORMED`. */
export function readDer(bytes: Buffer): Der {
  const [element, ...rest] = readAll(bytes, 0)
  if (element === undefined || rest.length > 0) throw malformed('not exactly one element')
  return element
}

/** The fault every reader on top of this one throws too. */
export function malformed(what: string): LannerError {
  return new LannerError('ERR_DER_MALFORMED', what, { exit: 1 })
}

function readAll(bytes: Buffer, depth: number): Der[] {
  if (depth > MAX_DEPTH) throw malformed('elements are nested too deeply')
  const elements: Der[] = []
  for (let at = 0; at < bytes.length; ) {
    const element = readOne(bytes, at, depth)
    elements.push(element)
    at += element.raw.length
  }
  return elements
}

function readOne(bytes: Buffer, start: number, depth: number): Der {
  const tag = bytes[start]
  const first = bytes[start + 1]
  if (tag === undefined || first === undefined) throw malformed('an element is cut off')
  if ((tag & 0x1f) === 0x1f) throw malformed('a tag number above 30')
  let header = 2
  let length = first
  if (first >= 0x80) {
    // X.690 §10.1: definite form in the fewest octets; four hold more than is ever read.
    const octets = first & 0x7f
    if (octets === 0 || octets > 4 || start + 2 + octets > bytes.length)
      throw malformed('a length DER does not allow')
    length = bytes.readUIntBE(start + 2, octets)
    header += octets
    if (length < 0x80 || length < 2 ** (8 * (octets - 1)))
      throw malformed('a length in more octets than it needs')
  }
  const end = start + header + length
  if (end > bytes.length) throw malformed('an element is cut off')
  return new Der(tag, bytes.subarray(start, end), bytes.subarray(start + header, end), depth)
}

function dottedOid(content: Buffer, what: string): string {
  const arcs: bigint[] = []
  let arc = 0n
  let fresh = true
  for (const byte of content) {
    if (fresh && byte === 0x80) throw malformed(`${what} is an object identifier with needless bytes`)
    arc = (arc << 7n) | BigInt(byte & 0x7f)
    fresh = byte < 0x80
    if (fresh) {
      arcs.push(arc)
      arc = 0n
    }
  }
  const [first, ...rest] = arcs
  if (first === undefined || !fresh) throw malformed(`${what} is no object identifier`)
  // X.690 §8.19.4: the first subidentifier carries two arcs.
  const root = first < 40n ? 0n : first < 80n ? 1n : 2n
  return [root, first - root * 40n, ...rest].join('.')
}

/** RFC 5280 §4.1.2.5.1: two digits below 50 are of this century. */
function fullYear(two: string): string {
  return `${Number(two) < 50 ? '20' : '19'}${two}`
}
