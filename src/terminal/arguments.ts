// Brings the spellings people know from cilock into what the command classes parse: `-kFILE`, `-k=FILE`, and the step after `--`.
// Knows no command but which short options take a value. Used by `cli.ts` alone.

/** What was typed, in two halves: the words for Lanner and the command of the step. */
export interface Arguments {
  readonly own: readonly string[]
  /** The words after the first `--`; `undefined` when there was none. */
  readonly step: readonly string[] | undefined
}

/** Splits at the first `--`, so that no option of the step is ever taken for ours. */
export function splitArguments(typed: readonly string[]): Arguments {
  const at = typed.indexOf('--')
  return at === -1 ? { own: typed, step: undefined } : { own: typed.slice(0, at), step: typed.slice(at + 1) }
}

/** Separates a short option from a value glued to it, for the letters in `valued`: `-kFILE` and `-k=FILE` become `-k FILE`. */
export function separateShortValues(own: readonly string[], valued: string): string[] {
  return own.flatMap(word => {
    const letter = word[1]
    const glued = word.length > 2 && word[0] === '-' && letter !== undefined && valued.includes(letter)
    if (!glued) return [word]
    const rest = word.slice(2)
    return [`-${letter}`, rest.startsWith('=') ? rest.slice(1) : rest]
  })
}
