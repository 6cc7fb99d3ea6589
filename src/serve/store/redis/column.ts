// Columns of numbers: four bytes each while a chunk grows; once it is sealed a list of the different ones, and one or two bytes each that
// say which. Knows nothing of what the numbers stand for. Used by what seals chunks and what counts.

/** The numbers of a chunk's alerts. */
export interface Column {
  readonly length: number
  /** Different numbers; `places` are places in this list. */
  readonly different: readonly number[]
  readonly places: Uint8Array | Uint16Array
}

/** Reads a column as it lies in Redis. */
export function readColumn(bytes: Buffer, sealed: boolean): Column {
  return sealed ? readSealed(bytes) : readOpen(bytes)
}

function readOpen(bytes: Buffer): Column {
  const length = bytes.length >> 2
  const places = new Uint16Array(length)
  const different: number[] = []
  const known = new Map<number, number>()
  for (let at = 0; at < length; at += 1) {
    const number = bytes.readUInt32LE(at * 4)
    let place = known.get(number)
    if (place === undefined) {
      place = different.push(number) - 1
      known.set(number, place)
    }
    places[at] = place
  }
  return { length, different, places }
}

/** A column for a sealed chunk: how many are different, those, and the places. */
export function sealColumn(open: Buffer): Buffer {
  const { different, places } = readOpen(open)
  const head = Buffer.alloc(2 + different.length * 4)
  head.writeUInt16LE(different.length)
  for (const [at, number] of different.entries()) head.writeUInt32LE(number, 2 + at * 4)
  if (different.length <= 256) return Buffer.concat([head, Uint8Array.from(places)])
  const wide = Buffer.alloc(places.length * 2)
  for (const [at, place] of places.entries()) wide.writeUInt16LE(place, at * 2)
  return Buffer.concat([head, wide])
}

function readSealed(bytes: Buffer): Column {
  const count = bytes.length < 2 ? 0 : bytes.readUInt16LE()
  const different = Array.from({ length: count }, (_, at) => bytes.readUInt32LE(2 + at * 4))
  const rest = bytes.subarray(2 + count * 4)
  if (count <= 256) return { length: rest.length, different, places: rest }
  const places = new Uint16Array(rest.length >> 1)
  for (let at = 0; at < places.length; at += 1) places[at] = rest.readUInt16LE(at * 2)
  return { length: places.length, different, places }
}
