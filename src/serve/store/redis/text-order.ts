// The order of texts by their bytes in UTF-8, in which the embedded store gives names and values. JavaScript's own order is quicker, and
// differs only where characters beyond 16 bits are. Used where values are ranked and suggested.

/** Characters that JavaScript sorts elsewhere. */
const ELSEWHERE = /[\ud800-\uffff]/

export function compareTexts(a: string, b: string): number {
  if (a === b) return 0
  if (ELSEWHERE.test(a) && ELSEWHERE.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b))
  return a < b ? -1 : 1
}

/** Sorts in place. */
export function sortTexts(texts: string[]): string[] {
  return texts.some(text => ELSEWHERE.test(text)) ? texts.sort(compareTexts) : texts.sort()
}
