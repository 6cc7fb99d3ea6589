// Steps through the JSON of one line without making values of it: a token is a range of bytes. Knows objects of scalars and of lists of
// scalars; what is deeper, or not strictly JSON, throws `Unusual`. Used by `alert-scanner.ts`.
import { isUtf8 } from 'node:buffer'

/** Not for this reader: the addon decides what it is. */
export class Unusual extends Error {}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const ZERO = 0x30
const BEGIN = 0x7b
const END = 0x7d
const BEGIN_LIST = 0x5b
const END_LIST = 0x5d
const WORD = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)$/

/** See the file. */
export class Cursor {
  #line: Buffer = Buffer.alloc(0)
  /** The token's text where it is not what stands in the line. */
  #owned: Buffer | undefined
  #at = 0
  #kind: 'string' | 'word' | 'list' | 'object' = 'word'
  /** The token: from where to where. */
  start = 0
  stop = 0
  isAscii = true

  begin(line: Buffer): void {
    this.#line = line
    this.#owned = undefined
    this.#at = 0
    this.value()
  }

  /** Enters the object under the cursor; whether it has members. */
  open(): boolean {
    if (this.#kind !== 'object') throw new Unusual()
    return !this.#passes(END)
  }

  /** To the next member. */
  next(): boolean {
    return this.#comma(END)
  }

  openList(): boolean {
    if (this.#kind !== 'list') throw new Unusual()
    return !this.#passes(END_LIST)
  }

  nextElement(): boolean {
    return this.#comma(END_LIST)
  }

  /** Reads a member's name and what separates it from its value. */
  name(): void {
    this.#skip()
    if (this.#line[this.#at] !== QUOTE) throw new Unusual()
    this.#quoted()
    if (!this.#passes(COLON)) throw new Unusual()
  }

  /** Reads a scalar, or comes to the beginning of a list or an object. */
  value(): void {
    this.#skip()
    const byte = this.#line[this.#at]
    if (byte === QUOTE) {
      this.#quoted()
    } else if (byte === BEGIN || byte === BEGIN_LIST) {
      this.#kind = byte === BEGIN ? 'object' : 'list'
      this.#at += 1
    } else {
      this.#word()
    }
  }

  /** Nothing may follow. */
  end(): void {
    this.#skip()
    if (this.#at !== this.#line.length) throw new Unusual()
  }

  get isList(): boolean {
    return this.#kind === 'list'
  }

  get isNull(): boolean {
    return this.#kind === 'word' && this.#line[this.start] === 0x6e
  }

  /** The token must be no list and no object. */
  scalar(): void {
    if (this.#kind === 'list' || this.#kind === 'object') throw new Unusual()
  }

  /** The token's text, which must be a string. */
  string(): string {
    if (this.#kind !== 'string') throw new Unusual()
    return this.text()
  }

  /** What `start` and `stop` are places in. */
  bytes(): Buffer {
    return this.#owned ?? this.#line
  }

  text(): string {
    const bytes = this.bytes()
    return bytes.toString(this.isAscii ? 'latin1' : 'utf8', this.start, this.stop)
  }

  #quoted(): void {
    const line = this.#line
    let at = this.#at + 1
    let seen = 0
    let escaped = false
    for (; ; at += 1) {
      const byte = line[at]
      if (byte === undefined || byte < 0x20) throw new Unusual()
      if (byte === QUOTE) break
      seen |= byte
      if (byte === BACKSLASH) {
        escaped = true
        at += 1
      }
    }
    this.#kind = 'string'
    this.#owned = undefined
    this.start = this.#at + 1
    this.stop = at
    this.isAscii = seen < 0x80
    this.#at = at + 1
    if (!this.isAscii && !isUtf8(line.subarray(this.start, at))) throw new Unusual()
    if (escaped) this.#unescape()
  }

  #unescape(): void {
    const text = unescaped(`"${this.#line.toString('utf8', this.start, this.stop)}"`)
    // Halves of characters are no text; the addon knows what becomes of them.
    if (/[\ud800-\udfff]/u.test(text)) throw new Unusual()
    this.#owned = Buffer.from(text)
    this.start = 0
    this.stop = this.#owned.length
    this.isAscii = this.stop === text.length
  }

  #word(): void {
    let at = this.#at
    let isDigits = true
    for (; at < this.#line.length; at += 1) {
      const byte = this.#line[at] ?? 0
      if (byte === COMMA || byte === END || byte === END_LIST || byte <= 0x20) break
      isDigits &&= byte >= ZERO && byte <= ZERO + 9
    }
    this.#kind = 'word'
    this.#owned = undefined
    this.isAscii = true
    this.start = this.#at
    this.stop = at
    this.#at = at
    const isPlain = isDigits && at > this.start && (this.#line[this.start] !== ZERO || at - this.start === 1)
    if (!isPlain && !WORD.test(this.text())) throw new Unusual()
  }

  #comma(end: number): boolean {
    if (this.#passes(end)) return false
    if (!this.#passes(COMMA)) throw new Unusual()
    return true
  }

  #passes(byte: number): boolean {
    this.#skip()
    if (this.#line[this.#at] !== byte) return false
    this.#at += 1
    return true
  }

  #skip(): void {
    for (;;) {
      const byte = this.#line[this.#at]
      if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d && byte !== 0x0a) return
      this.#at += 1
    }
  }
}

function unescaped(quoted: string): string {
  try {
    return JSON.parse(quoted) as string
  } catch {
    throw new Unusual()
  }
}
