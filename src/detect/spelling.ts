// The nearest of some known words to one that is unknown, for "did you mean".
// Used where a word on the command line names nothing.

/** The known word that differs least, if it differs little: in a third of its letters at most. */
export function closest(word: string, known: readonly string[]): string | undefined {
  let best: { readonly word: string; readonly distance: number } | undefined
  for (const each of known) {
    const distance = editDistance(word, each)
    if (distance <= Math.ceil(each.length / 3) && distance < (best?.distance ?? Number.POSITIVE_INFINITY)) {
      best = { word: each, distance }
    }
  }
  return best?.word
}

/** Letters to insert, remove or replace (Levenshtein). */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (let line = 1; line <= left.length; line += 1) {
    const next = [line]
    for (let column = 1; column <= right.length; column += 1) {
      const replaced = (row[column - 1] ?? 0) + (left[line - 1] === right[column - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[right.length] ?? 0
}
