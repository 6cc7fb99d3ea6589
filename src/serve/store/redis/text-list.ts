// Lists of what a chunk's alerts hold, a line each: words by their first byte, and values of fields as JSON of name and value. Appended to while
// the chunk grows, in order and compressed once it is sealed. Used where words that begin alike are looked for, and for suggestions.
import { inflateRawSync } from 'node:zlib'
import { VALUE_GROUPS } from './layout.ts'
import type { StoreParts } from './parts.ts'
import { valueTerms } from './terms.ts'

/** The piece of a chunk that lists words with this beginning. */
export function wordPiece(beginning: string): string {
  const code = beginning.charCodeAt(0)
  return `w${code < 0x80 ? code : (Buffer.from(beginning)[0] ?? 0)}`
}

/** The pieces of a chunk that list the values of these fields. */
export function valuePieces(parts: StoreParts, names: readonly string[]): string[] {
  const nothing = names.map(name => [name, ''] as const)
  return valueTerms(parts, nothing).map(({ low }) => `v${low % VALUE_GROUPS}`)
}

/** A list of words or values as it lies in a chunk, a line each. */
export function listText(list: Buffer, sealed: boolean): string {
  return (sealed ? inflateRawSync(list) : list).toString('utf8')
}

/** Lines that begin so, or as many of them as are wanted. */
export function linesWith(text: string, beginning: string, most = Number.POSITIVE_INFINITY): string[] {
  const lines: string[] = []
  const wanted = `\n${beginning}`
  const all = `\n${text}`
  for (let at = all.indexOf(wanted); at >= 0 && lines.length < most; ) {
    const end = all.indexOf('\n', at + 1)
    lines.push(all.slice(at + 1, end < 0 ? undefined : end))
    if (end < 0) break
    at = all.indexOf(wanted, end)
  }
  return lines
}

/** The value in a line of a list. */
export function valueIn(line: string): string {
  return (JSON.parse(line) as [string, string])[1]
}
