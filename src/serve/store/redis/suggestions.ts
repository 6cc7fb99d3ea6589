// What can be asked for: names of output fields, and the values that a field was seen with. Of one field a chunk lists no more than a
// thousand values, none longer than 96 characters. Used by `redis-store.ts` where a person types a query.
import { eachChunk, listChunks, readPieces } from './chunks.ts'
import { listOf, textOf } from './connection.ts'
import type { StoreParts } from './parts.ts'
import { linesWith, listText, valueIn, valuePieces } from './text-list.ts'
import { compareTexts, sortTexts } from './text-order.ts'

/** Names of output fields that begin so, the most frequent first. */
export async function namesBeginning(
  { redis, layout }: StoreParts,
  prefix: string,
  limit: number,
): Promise<readonly string[]> {
  const pairs = listOf(await redis.ask(['ZRANGE', layout.single('fields'), '0', '-1', 'REV', 'WITHSCORES']))
  const names: { readonly name: string; readonly uses: number }[] = []
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const name = textOf(pairs[at]) ?? ''
    if (name.startsWith(prefix)) names.push({ name, uses: Number(textOf(pairs[at + 1])) })
  }
  names.sort((a, b) => b.uses - a.uses || compareTexts(a.name, b.name))
  return names.slice(0, limit).map(({ name }) => name)
}

/** Values of an output field that begin so, in the order of their bytes. */
export async function valuesBeginning(
  parts: StoreParts,
  name: string,
  prefix: string,
  limit: number,
): Promise<readonly string[]> {
  const [piece = ''] = valuePieces(parts, [name])
  // As a line of the list begins: without the quote and the bracket that would end it.
  const beginning = JSON.stringify([name, prefix]).slice(0, -2)
  const found = new Set<string>()
  await eachChunk(await listChunks(parts), async chunk => {
    const pieces = await readPieces(parts, chunk, [piece])
    const list = pieces?.bytes[0]
    if (pieces === undefined || list === undefined) return
    const text = listText(list, pieces.sealed)
    // Sealed lists are in order.
    for (const line of linesWith(text, beginning, pieces.sealed ? limit : undefined)) found.add(valueIn(line))
  })
  return sortTexts([...found]).slice(0, limit)
}
