// The lines of alerts by their places: which blocks hold them, read together and unpacked once. Used by lists, phrases and single alerts.
import { type Chunk, readPieces } from './chunks.ts'
import { type BlockPlace, blockPlaces, unpackLines } from './line-blocks.ts'
import type { StoreParts } from './parts.ts'

/** An alert by its chunk and its place in it. */
export interface AlertPlace {
  readonly chunk: Chunk
  readonly place: number
}

/** The lines of alerts, in their order; none for those that were removed meanwhile. */
export async function linesAt(
  parts: StoreParts,
  alerts: readonly AlertPlace[],
): Promise<(string | undefined)[]> {
  const byChunk = new Map<number, AlertPlace[]>()
  for (const alert of alerts) {
    const known = byChunk.get(alert.chunk.number)
    if (known === undefined) byChunk.set(alert.chunk.number, [alert])
    else known.push(alert)
  }
  const lines = new Map<AlertPlace, string>()
  await Promise.all(
    [...byChunk.values()].map(async group => {
      const [first] = group
      if (first !== undefined) await linesOf(parts, first.chunk, group, lines)
    }),
  )
  return alerts.map(alert => lines.get(alert))
}

async function linesOf(
  parts: StoreParts,
  chunk: Chunk,
  alerts: readonly AlertPlace[],
  lines: Map<AlertPlace, string>,
): Promise<void> {
  const index = await readPieces(parts, chunk, ['b'])
  if (index?.bytes[0] === undefined) return
  const places = blockPlaces(index.bytes[0])
  const blocks = [...new Set(alerts.map(({ place }) => blockOf(places, place)))]
  const name = (block: number): string => `${chunk.number}:${index.sealed}:${places[block]?.first}`
  const unpacked = new Map(blocks.map(block => [block, parts.cache.get(name(block))]))
  const missing = blocks.filter(block => block >= 0 && unpacked.get(block) === undefined)
  const wanted = missing.map(block => ['l', places[block]?.from ?? 0, places[block]?.to ?? 0] as const)
  const read =
    wanted.length === 0 ? undefined : await readPieces(parts, { ...chunk, sealed: index.sealed }, wanted)
  if (wanted.length > 0) {
    if (read === undefined) return
    // Sealed meanwhile: its blocks lie elsewhere now.
    if (read.sealed !== index.sealed) return linesOf(parts, { ...chunk, sealed: read.sealed }, alerts, lines)
  }
  for (const [at, block] of missing.entries()) {
    const bytes = read?.bytes[at]
    if (bytes === undefined || bytes.length === 0) continue
    const texts = unpackLines(bytes)
    parts.cache.put(name(block), texts)
    unpacked.set(block, texts)
  }
  for (const alert of alerts) {
    const block = blockOf(places, alert.place)
    const line = unpacked.get(block)?.[alert.place - (places[block]?.first ?? 0)]
    if (line !== undefined) lines.set(alert, line)
  }
}

/** Which block holds an alert; -1 for none. */
function blockOf(blocks: readonly BlockPlace[], place: number): number {
  let [from, to] = [0, blocks.length]
  while (from < to) {
    const middle = (from + to) >> 1
    const block = blocks[middle]
    if (block === undefined || place < block.first) to = middle
    else if (place >= block.first + block.count) from = middle + 1
    else return middle
  }
  return -1
}
