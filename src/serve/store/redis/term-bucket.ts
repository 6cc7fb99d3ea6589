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
  // Both halves of an occurrence as one number, which sorts as they do and is exact.
  const occurrences = new Float64Array(Math.trunc(bucket.length / OCCURRENCE))
  for (let at = 0; at < occurrences.length; at += 1) {
    const start = at * OCCURRENCE
    occurrences[at] = bucket.readUInt32LE(start) * PLACES + bucket.readUInt16LE(start + 4)
  }
  occurrences.sort()
  const bodies: Uint8Array[] = []
  const heads: number[] = []
  for (let from = 0; from < occurrences.length; ) {
    const low = Math.floor((occurrences[from] ?? 0) / PLACES)
    const places: number[] = []
    for (; Math.floor((occurrences[from] ?? -1) / PLACES) === low; from += 1) {
      const place = (occurrences[from] ?? 0) - low * PLACES
      // Two terms with the same half, both in one alert.
      if (places.at(-1) !== place) places.push(place)
    }
    const { form, body } = written(places, count)
    heads.push(low, form | body.length)
    bodies.push(body)
  }
  const head = Buffer.alloc(2 + bodies.length * HEAD)
  head.writeUInt16LE(bodies.length)
  for (let term = 0; term < bodies.length; term += 1) {
    head.writeUInt32LE(heads[term * 2] ?? 0, 2 + term * HEAD)
    head.writeUInt16LE(heads[term * 2 + 1] ?? 0, 2 + term * HEAD + 4)
  }
  return Buffer.concat([head, ...bodies])
}

/** Different places that two bytes tell. */
const PLACES = 0x10000
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
