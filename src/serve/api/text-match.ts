// Words as the store finds them: runs of letters and digits in lower case, an ideograph each by itself, a phrase in one text.
// The same rules as crates/store's `words`, for alerts that are not stored yet. Used by the live tail's queries.

/** Words that must stand one behind the other in one text; the last may go on when `prefix` is set. */
interface TextItem {
  readonly words: readonly string[]
  readonly prefix: boolean
}

const IDEOGRAPH = '[\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{3ffff}]'
const WORD = new RegExp(`${IDEOGRAPH}|(?:(?!${IDEOGRAPH})[\\p{Alphabetic}\\p{N}])+`, 'gu')
const TYPED = /"([^"]*)"?(\*?)|([^\s"]+)/g
/** Bytes of a word that count. */
const MAX_WORD = 64

/** The words of a text, in order. */
export function wordsOf(text: string): readonly string[] {
  // A Σ that ends a word would turn to ς; letter by letter, as the store goes, it does not.
  const lower = text.replaceAll('Σ', 'σ').toLowerCase()
  return lower.match(WORD)?.map(cut) ?? []
}

function cut(word: string): string {
  if (word.length * 3 <= MAX_WORD || Buffer.byteLength(word) <= MAX_WORD) return word
  let bytes = 0
  let kept = ''
  for (const character of word) {
    const more = Buffer.byteLength(character)
    if (bytes + more > MAX_WORD) continue
    bytes += more
    kept += character
  }
  return kept
}

/** A test for what someone typed, given the words of each text: every word and phrase must be in one of them. */
export function textTest(typed: string): (texts: readonly (readonly string[])[]) => boolean {
  const items = [...typed.matchAll(TYPED)].map(itemOf).filter(({ words }) => words.length > 0)
  return texts => items.every(item => texts.some(words => holds(words, item)))
}

function itemOf([, phrase, starred, word]: RegExpMatchArray): TextItem {
  const text = phrase ?? word ?? ''
  return { words: wordsOf(text), prefix: starred === '*' || text.endsWith('*') }
}

function holds(words: readonly string[], { words: wanted, prefix }: TextItem): boolean {
  const last = wanted.length - 1
  return words.some((_, at) =>
    wanted.every((word, place) => {
      const there = words[at + place]
      return there === word || (prefix && place === last && there?.startsWith(word) === true)
    }),
  )
}
