// Words as the store finds them: runs of letters and digits in lower case, an ideograph each by itself, a phrase in one text.
// The same rules as crates/store's `words`, for alerts that are not stored yet. Used by the live tail's queries.

/** Words that must stand one behind the other in one text; the last may go on when `prefix` is set. */
interface TextItem {
  readonly words: readonly string[]
  readonly prefix: boolean
}

const WORD =
  /[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}]|[\p{Alphabetic}\p{N}]/gu
const TYPED = /"([^"]*)"?(\*?)|([^\s"]+)/g
/** Bytes of a word that count. */
const MAX_WORD = 64

/** The words of a text, in order. */
export function wordsOf(text: string): readonly string[] {
  const words: string[] = []
  let [word, end] = ['', -1]
  for (const { 0: character, index } of text.matchAll(WORD)) {
    const alone = isIdeograph(character)
    if (alone || index !== end) {
      if (word !== '') words.push(cut(word))
      word = ''
    }
    if (alone) words.push(character)
    else word += character.toLowerCase()
    end = index + character.length
  }
  return word === '' ? words : [...words, cut(word)]
}

function isIdeograph(character: string): boolean {
  const code = character.codePointAt(0) ?? 0
  return (
    (code >= 0x3040 && code <= 0x30ff) ||
    (code >= 0x3400 && code <= 0x4dbf) ||
    (code >= 0x4e00 && code <= 0x9fff) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0x20000 && code <= 0x3ffff)
  )
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
