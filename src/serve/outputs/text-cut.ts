// Cuts texts for receivers that take only so much: never inside a character, and never without saying so.
// Knows no receiver. Used by outputs with limits; what has none gets everything.

/** How the length of a text is counted. */
export type LengthUnit = 'bytes' | 'utf16' | 'characters'

/** Length of `text` in `unit`. */
export function lengthOf(text: string, unit: LengthUnit): number {
  if (unit === 'utf16') return text.length
  if (unit === 'bytes') return Buffer.byteLength(text)
  let count = 0
  for (const _ of text) count += 1
  return count
}

/** `text`, or as much of its beginning as fits into `limit` together with a remark that some is missing. */
export function cutText(text: string, limit: number, unit: LengthUnit): string {
  const length = lengthOf(text, unit)
  if (length <= limit) return text
  const remark = ` […cut, ${length} ${unit === 'bytes' ? 'bytes' : 'characters'} in all]`
  const room = limit - lengthOf(remark, unit)
  return room > 0 ? beginning(text, room, unit) + remark : beginning(text, limit, unit)
}

/** As many whole characters from the front as fit. */
export function beginning(text: string, room: number, unit: LengthUnit): string {
  let used = 0
  let end = 0
  for (const character of text) {
    used += lengthOf(character, unit)
    if (used > room) break
    end += character.length
  }
  return text.slice(0, end)
}
