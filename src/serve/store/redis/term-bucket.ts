// A bucket of terms. While its chunk grows it is a run of occurrences: half of the term's hash and the place of the alert. Once the chunk is
// sealed the terms are listed in order, with their places as steps or bits. Used by what seals chunks and by queries.
import { OCCURRENCE } from './layout.ts'

/** Of a sealed term: half of its hash, and how many bytes its places take, of which the first bits say how they are written. */
const HEAD = 6
const BITS = 0x4000
const EVERY = 0x8000
const LENGTH = 0x3fff

/** Calls `visit` with the places of a term in a bucket. */
export function eachPlace(
  bucket: Buffer,
  low: number,
  { sealed, count }: { readonly sealed: boolean; readonly count: number },
  visit: (place: number) => void,
): void {
  if (sealed) eachSealed(bucket, low, count, visit)
  else eachOpen(bucket, low, visit)
}

function eachOpen(bucket: Buffer, low: number, visit: (place: number) => void): void {
  const [a, b, c, d] = [low & 0xff, (low >>> 8) & 0xff, (low >>> 16) & 0xff, low >>> 24]
  for (let at = 0; at + OCCURRENCE <= bucket.length; at += OCCURRENCE) {
    if (bucket[at] === a && bucket[at + 1] === b && bucket[at + 2] === c && bucket[at + 3] === d) {
      visit((bucket[at + 4] ?? 0) | ((bucket[at + 5] ?? 0) << 8))
    }
  }
}

function eachSealed(bucket: Buffer, low: number, count: number, visit: (place: number) => void): void {
  const terms = bucket.readUInt16LE(0)
  let at = 2 + terms * HEAD
  for (let term = 0; term < terms; term += 1) {
    const head = 2 + term * HEAD
    const written = bucket.readUInt16LE(head + 4)
    const end = at + (written & LENGTH)
    if (bucket.readUInt32LE(head) === low) {
      if ((written & EVERY) !== 0) for (let place = 0; place < count; place += 1) visit(place)
      else if ((written & BITS) !== 0) eachBit(bucket, at, end, visit)
      else eachStep(bucket, at, end, visit)
      return
    }
    at = end
  }
}

function eachBit(bytes: Buffer, from: number, to: number, visit: (place: number) => void): void {
  for (let at = from; at < to; at += 1) {
    for (let bits = bytes[at] ?? 0, place = (at - from) * 8; bits !== 0; bits >>>= 1, place += 1) {
      if ((bits & 1) !== 0) visit(place)
    }
  }
}

function eachStep(bytes: Buffer, from: number, to: number, visit: (place: number) => void): void {
  let place = -1
  for (let at = from; at < to; at += 1) {
    let step = bytes[at] ?? 0
    if (step >= 0x80) {
      at += 1
      step = (step & 0x7f) | ((bytes[at] ?? 0) << 7)
    }
    place += step + 1
    visit(place)
  }
}

/** A bucket of a full chunk with its terms in order. Steps have one or two bytes: a chunk has at most 2^15 alerts. */
export function sealBucket(bucket: Buffer, count: number): Buffer {
  const places = new Map<number, number[]>()
  for (let at = 0; at + OCCURRENCE <= bucket.length; at += OCCURRENCE) {
    const low = bucket.readUInt32LE(at)
    const place = bucket.readUInt16LE(at + 4)
    const known = places.get(low)
    if (known === undefined) places.set(low, [place])
    else if (known.at(-1) !== place) known.push(place)
  }
  const terms = [...places].sort(([a], [b]) => a - b)
  const head = Buffer.alloc(2 + terms.length * HEAD)
  head.writeUInt16LE(terms.length)
  const bodies: Uint8Array[] = [head]
  for (const [at, [low, list]] of terms.entries()) {
    const { form, body } = written(list, count)
    head.writeUInt32LE(low, 2 + at * HEAD)
    head.writeUInt16LE(form | body.length, 2 + at * HEAD + 4)
    bodies.push(body)
  }
  return Buffer.concat(bodies)
}

const NOTHING = new Uint8Array(0)

/** Places in the shortest of the three forms. */
function written(
  places: readonly number[],
  count: number,
): { readonly form: number; readonly body: Uint8Array } {
  if (places.length === count) return { form: EVERY, body: NOTHING }
  const steps: number[] = []
  let last = -1
  for (const place of places) {
    const step = place - last - 1
    if (step < 0x80) steps.push(step)
    else steps.push((step & 0x7f) | 0x80, step >>> 7)
    last = place
  }
  const width = Math.ceil(count / 8)
  if (steps.length < width) return { form: 0, body: Uint8Array.from(steps) }
  const bits = new Uint8Array(width)
  for (const place of places) bits[place >> 3] = (bits[place >> 3] ?? 0) | (1 << (place & 7))
  return { form: BITS, body: bits }
}
