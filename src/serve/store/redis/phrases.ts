// Whether words stand one behind the other in an alert: what the terms alone can't tell. Reads the alert's line again.
// Used where lists and counts are made.
import { AlertScanner } from './alert-scanner.ts'
import type { StoreParts } from './parts.ts'
import type { TextItem } from './question.ts'
import { wordTerm } from './term-hash.ts'
import type { TermListener } from './word-reader.ts'

/** As many words of a phrase are compared; what is behind them is not. */
const MAX_WORDS = 64

interface Wanted {
  readonly low: number
  readonly high: number
  /** What the word begins with, where it may go on. */
  readonly beginning?: string
}

/** See the file. */
export class PhraseReader implements TermListener {
  readonly #scanner: AlertScanner
  readonly #phrases: readonly (readonly Wanted[])[]
  readonly #found: boolean[]
  /** The phrases as they stand in a line without anything escaped; none where they are not as simple as that. */
  readonly #outright: readonly RegExp[] | undefined
  readonly #words: { readonly low: number; readonly high: number; readonly text: () => string }[] = []

  constructor({ native, layout }: StoreParts, phrases: readonly TextItem[]) {
    this.#scanner = new AlertScanner(native, layout.salt)
    this.#phrases = phrases.map(({ words, prefix }) =>
      words.slice(0, MAX_WORDS).map((word, at, all) => ({
        ...wordTerm(layout.salt, Buffer.from(word)),
        ...(prefix && at + 1 === all.length && { beginning: word }),
      })),
    )
    this.#found = phrases.map(() => false)
    if (phrases.every(({ words }) => words.every(word => /^[a-z0-9]{1,63}$/.test(word)))) {
      this.#outright = phrases.map(patternOf)
    }
  }

  /** Whether the alert in a line holds each of the phrases in one of its texts. */
  holdsAll(line: string): boolean {
    if (this.#outright !== undefined && isPlain(line)) {
      const output = outputOf(line)
      if (this.#outright.every(pattern => pattern.test(output))) return true
      // What stands nowhere between two quotes stands in no text.
      if (!this.#outright.every(pattern => pattern.test(line))) return false
    }
    return (
      typeof this.#scanner.scan(Buffer.from(line), this) !== 'string' && this.#found.every(found => found)
    )
  }

  begin(): void {
    this.#found.fill(false)
    this.#words.length = 0
  }

  word(bytes: Buffer, start: number, end: number, low: number, high: number): void {
    const text = (): string => bytes.toString('utf8', start, end).toLowerCase()
    this.#words.push({ low, high, text })
  }

  endText(): void {
    for (const [at, phrase] of this.#phrases.entries()) {
      this.#found[at] ||= this.#words.some((_, first) => this.#standsAt(first, phrase))
    }
    this.#words.length = 0
  }

  field(): void {
    // Names of fields are no text.
  }

  #standsAt(first: number, phrase: readonly Wanted[]): boolean {
    return phrase.every(({ low, high, beginning }, at) => {
      const word = this.#words[first + at]
      if (word === undefined) return false
      if (beginning !== undefined) return word.text().startsWith(beginning)
      return word.low === low && word.high === high
    })
  }
}

function patternOf({ words, prefix }: TextItem): RegExp {
  const some = words.slice(0, MAX_WORDS)
  return new RegExp(`(?<![a-z0-9])${some.join('[^a-z0-9"]+')}${prefix ? '' : '(?![a-z0-9])'}`, 'i')
}

/** Whether what stands in a line is what its texts say: nothing escaped, all letters plain, no text with an object or a list in it. */
function isPlain(line: string): boolean {
  return PLAIN.test(line)
}

const PLAIN = /^\{[ -Z\]-z|}~]*(?:\[[ -Z\]-z|}~]*)?\{[ -Z\]-z|}~]*$/

/** The text of the output in a plain line, where it stands among the first members. */
function outputOf(line: string): string {
  const begin = line.indexOf('"output":"')
  if (begin < 0 || line.lastIndexOf('{', begin) > 0) return ''
  return line.slice(begin + 10, line.indexOf('"', begin + 10))
}
