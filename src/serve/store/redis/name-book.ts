// The numbers that columns have in place of names of rules, sources, hosts, namespaces and sets of tags. A number stands for its name for
// ever; what is remembered here is forgotten with the connection. Used where columns are written and read.
import { type Answer, listOf, type RedisConnection, textOf } from './connection.ts'
import type { Layout, NumberColumn } from './layout.ts'
import { NUMBER } from './scripts.ts'

/** Columns whose numbers stand for names; priorities are numbers by themselves. */
export type NamedColumn = Exclude<NumberColumn, 'p'>

/** See the file. */
export class NameBook {
  readonly #redis: RedisConnection
  readonly #layout: Layout
  readonly #numbers = new Map<NamedColumn, Map<string, number>>()
  readonly #names = new Map<NamedColumn, string[]>()

  constructor(redis: RedisConnection, layout: Layout) {
    this.#redis = redis
    this.#layout = layout
  }

  /** The numbers of names, which get one where they have none; 0 for the empty one. */
  async numbered(column: NamedColumn, names: readonly string[]): Promise<readonly number[]> {
    const known = this.#known(column)
    const strange = [...new Set(names)].filter(name => name !== '' && !known.has(name))
    if (strange.length > 0) {
      const numbers = listOf(await this.#redis.run(NUMBER, this.#layout.names(column), strange))
      for (const [at, name] of strange.entries()) known.set(name, Number(numbers[at]))
    }
    return names.map(name => known.get(name) ?? 0)
  }

  /** The numbers of those names that have one. */
  async found(column: NamedColumn, names: readonly string[]): Promise<readonly number[]> {
    if (names.length === 0) return []
    const answers: readonly Answer[] = listOf(
      await this.#redis.ask(['HMGET', this.#layout.names(column), ...names]),
    )
    return answers.flatMap(answer => (answer === null ? [] : Number(textOf(answer))))
  }

  /** All names by their numbers, at least up to `most`. */
  async names(column: NamedColumn, most: number): Promise<readonly string[]> {
    const known = this.#names.get(column)
    if (known !== undefined && known.length > most) return known
    const pairs = listOf(await this.#redis.ask(['HGETALL', this.#layout.names(column)]))
    const names: string[] = ['']
    for (let at = 0; at + 1 < pairs.length; at += 2) {
      names[Number(textOf(pairs[at + 1]))] = textOf(pairs[at]) ?? ''
    }
    this.#names.set(column, names)
    return names
  }

  #known(column: NamedColumn): Map<string, number> {
    const known = this.#numbers.get(column) ?? new Map<string, number>()
    this.#numbers.set(column, known)
    return known
  }
}

/** A set of tags as one name. */
export function tagSet(tags: readonly string[]): string {
  return tags.length === 0 ? '' : JSON.stringify([...new Set(tags)].sort())
}

/** The tags of such a name. */
export function tagsOf(name: string): readonly string[] {
  return name === '' ? [] : (JSON.parse(name) as string[])
}
