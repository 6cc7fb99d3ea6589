// Reads the line of an alert for the index: identity, time, what is counted by, and a term for every word and value. Canonical lines are
// read here in one pass, twelve times as fast as by handing objects out of the addon; whatever is unusual the addon reads instead, which
// decides what an alert is. Used where alerts are inserted, and where phrases are looked for.
import { PRIORITIES, priorityOf } from '../../../detect/priority.ts'
import type { AlertIndexTerms, Native } from '../../../native/native.ts'
import { Cursor, Unusual } from './json-cursor.ts'
import { fieldTerm, highOf, lowOf, type StoreKey, stepA, stepB } from './term-hash.ts'
import { type TermListener, WordReader } from './word-reader.ts'

const PRIORITY_WORDS = PRIORITIES.map(name => Buffer.from(name))
/** Members of an alert that are looked at. */
const MEMBERS = 'uuid time priority rule source hostname output tags output_fields'.split(' ')
const TIME = /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,9}))?Z$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** What an alert is besides its terms. */
export interface AlertHead {
  /** UUID in lower case. */
  readonly id: string
  /** Nanoseconds since 1970. */
  readonly time: bigint
  /** Its place in `PRIORITIES`. */
  readonly priority: number
  readonly rule: string
  readonly source: string
  readonly hostname: string
  readonly namespace: string
  readonly tags: readonly string[]
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** See the file. */
export class AlertScanner {
  readonly #native: Native
  readonly #key: StoreKey
  readonly #cursor = new Cursor()
  readonly #words: WordReader

  constructor(native: Native, key: StoreKey) {
    this.#native = native
    this.#key = key
    this.#words = new WordReader(native, key)
  }

  /** Reads one line; the reason when it is no alert. */
  scan(line: Buffer, listener: TermListener): AlertHead | string {
    listener.begin()
    try {
      return this.#quick(line, listener)
    } catch (thrown) {
      if (!(thrown instanceof Unusual)) throw thrown
      listener.begin()
      return this.#thorough(line, listener)
    }
  }

  #quick(line: Buffer, listener: TermListener): AlertHead {
    const cursor = this.#cursor
    cursor.begin(line)
    const head: Partial<Writable<AlertHead>> = { tags: [] }
    let seen = 0
    for (let more = cursor.open(); more; more = cursor.next()) {
      cursor.name()
      const name = cursor.text()
      // What of a member that is there twice counts, the addon knows.
      const member = 1 << (MEMBERS.indexOf(name) + 1)
      if (member !== 1 && (seen & member) !== 0) throw new Unusual()
      seen |= member
      cursor.value()
      this.#member(name, head, listener)
    }
    cursor.end()
    const { id, time, priority = 7, rule = '', source = '', hostname = '', namespace = '', tags = [] } = head
    if (id === undefined || time === undefined) throw new Unusual()
    const word = PRIORITY_WORDS[priority] ?? Buffer.alloc(0)
    this.#words.read(word, 0, word.length, listener)
    listener.endText()
    return { id, time, priority, rule, source, hostname, namespace, tags }
  }

  #member(name: string, head: Partial<Writable<AlertHead>>, listener: TermListener): void {
    const cursor = this.#cursor
    switch (name) {
      case 'uuid':
        head.id = identity(cursor.string())
        break
      case 'time':
        head.time = nanoseconds(cursor.string())
        break
      case 'priority': {
        const priority = priorityOf(cursor.string())
        head.priority = priority === undefined ? 7 : PRIORITIES.indexOf(priority)
        break
      }
      case 'rule':
      case 'source':
      case 'hostname':
        head[name] = cursor.string()
        this.#token(listener)
        break
      case 'output':
        cursor.string()
        this.#token(listener)
        break
      case 'tags':
        head.tags = this.#tags(listener)
        break
      case 'output_fields':
        this.#fields(head, listener)
        break
      default:
        cursor.scalar()
    }
  }

  #tags(listener: TermListener): string[] {
    const cursor = this.#cursor
    const tags: string[] = []
    for (let more = cursor.openList(); more; more = cursor.nextElement()) {
      cursor.value()
      tags.push(cursor.string())
      this.#token(listener)
    }
    return tags
  }

  #fields(head: Partial<Writable<AlertHead>>, listener: TermListener): void {
    const cursor = this.#cursor
    for (let more = cursor.open(); more; more = cursor.next()) {
      cursor.name()
      const name = cursor.text()
      const nameBytes = cursor.bytes()
      const start = cursor.start
      const end = cursor.stop
      cursor.value()
      if (cursor.isList) {
        const owned = nameBytes.subarray(start, end)
        for (let each = cursor.openList(); each; each = cursor.nextElement()) {
          cursor.value()
          this.#field(name, owned, 0, owned.length, listener)
        }
        continue
      }
      cursor.scalar()
      if (cursor.isNull) continue
      if (name === 'k8s.ns.name') head.namespace = cursor.text()
      this.#field(name, nameBytes, start, end, listener)
    }
  }

  /** The value under the cursor as a field's. */
  #field(name: string, nameBytes: Uint8Array, start: number, end: number, listener: TermListener): void {
    const cursor = this.#cursor
    cursor.scalar()
    let a: number = this.#key[2]
    let b: number = this.#key[3]
    for (let at = start; at < end; at += 1) {
      a = stepA(a, nameBytes[at] ?? 0)
      b = stepB(b, nameBytes[at] ?? 0)
    }
    a = stepA(a, 0xff)
    b = stepB(b, 0xff)
    const bytes = cursor.bytes()
    for (let at = cursor.start; at < cursor.stop; at += 1) {
      a = stepA(a, bytes[at] ?? 0)
      b = stepB(b, bytes[at] ?? 0)
    }
    listener.field(name, () => cursor.text(), lowOf(a, b), highOf(a, b))
    this.#token(listener)
  }

  /** The words of the text under the cursor. */
  #token(listener: TermListener): void {
    this.#words.read(this.#cursor.bytes(), this.#cursor.start, this.#cursor.stop, listener)
    listener.endText()
  }

  /** As the addon reads it. */
  #thorough(line: Buffer, listener: TermListener): AlertHead | string {
    const terms: AlertIndexTerms | string = this.#native.alertIndexTerms(line)
    if (typeof terms === 'string') return terms
    for (const text of terms.texts) {
      for (const word of text) this.#words.word(word, listener)
      listener.endText()
    }
    for (let at = 0; at + 1 < terms.fields.length; at += 2) {
      const [name, value] = [terms.fields[at] ?? '', terms.fields[at + 1] ?? '']
      const { low, high } = fieldTerm(this.#key, Buffer.from(name), Buffer.from(value))
      listener.field(name, () => value, low, high)
    }
    const { id, time, rule, source, hostname, namespace, tags } = terms
    const priority = (PRIORITIES as readonly string[]).indexOf(terms.priority)
    return { id, time, priority, rule, source, hostname, namespace, tags }
  }
}

function identity(text: string): string {
  if (!UUID.test(text)) throw new Unusual()
  return text.toLowerCase()
}

/** Times as the server writes them; others are not usual. */
function nanoseconds(text: string): bigint {
  const parts = TIME.exec(text)
  if (parts === null) throw new Unusual()
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number)
  const at = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second)
  const back = new Date(at)
  const isDay = back.getUTCDate() === day && back.getUTCMonth() + 1 === month
  if (!isDay || year === undefined || year < 1970 || year > 2200) throw new Unusual()
  return BigInt(at) * 1_000_000n + BigInt((parts[7] ?? '').padEnd(9, '0'))
}
