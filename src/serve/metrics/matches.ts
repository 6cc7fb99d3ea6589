// Counts alerts under labels that the configuration chooses, for outputs of the kind `prometheus`.
// The labels of a series are its own; their number is bounded. Read with the other numbers.
import { type Family, head, sample } from './family.ts'

const NAME = 'falcosecurity_falco_rules_matches_total'
const MOST = 5000

interface Series {
  readonly names: readonly string[]
  readonly values: readonly string[]
  count: number
}

/** See the file. */
export class MatchCounter implements Family {
  readonly name = NAME
  readonly #series = new Map<string, Series>()
  #beyond = 0

  /** One more alert that an output counted. */
  add(output: string, labels: Readonly<Record<string, string>>): void {
    const all = { output, ...labels }
    const key = JSON.stringify(all)
    const known = this.#series.get(key)
    if (known !== undefined) known.count += 1
    else if (this.#series.size >= MOST) this.#beyond += 1
    else this.#series.set(key, { names: Object.keys(all), values: Object.values(all), count: 1 })
  }

  *lines(): Iterable<string> {
    if (this.#series.size === 0) return
    yield* head(NAME, 'Alerts that reached an output of the kind prometheus.', 'counter')
    for (const { names, values, count } of this.#series.values()) yield sample(NAME, names, values, count)
    if (this.#beyond > 0) yield sample(NAME, ['output'], ['_other'], this.#beyond)
  }
}
