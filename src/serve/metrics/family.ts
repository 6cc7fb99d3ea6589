// Numbers by label values, and how Prometheus reads them: counters, gauges asked when they are read, histograms.
// Knows no name. The number of series of a family is bounded. Used by `server-metrics.ts`.

/** Values of labels, in the order of the family's names. */
export type Labels = readonly string[]

/** One family of numbers in the text format of Prometheus (version 0.0.4). */
export interface Family {
  readonly name: string
  lines(): Iterable<string>
}

/** What labels say once a family has as many series as it may. */
const OTHER = '_other'
const SEPARATOR = '\u0000'

/** Numbers that only rise. */
export class Counter implements Family {
  readonly name: string
  readonly #help: string
  readonly #labels: Labels
  readonly #most: number
  readonly #series = new Map<string, { values: Labels; count: number }>()

  /** `most` series; what comes then is counted together. */
  constructor(name: string, help: string, labels: Labels = [], most = 1000) {
    this.name = name
    this.#help = help
    this.#labels = labels
    this.#most = most
    if (labels.length === 0) this.add([], 0)
  }

  add(values: Labels, count = 1): void {
    const key = values.join(SEPARATOR)
    const known = this.#series.get(key)
    if (known !== undefined) known.count += count
    else if (this.#series.size < this.#most) this.#series.set(key, { values, count })
    else this.#addOther(count)
  }

  /** The count of these labels. */
  get(values: Labels = []): number {
    return this.#series.get(values.join(SEPARATOR))?.count ?? 0
  }

  *lines(): Iterable<string> {
    yield* head(this.name, this.#help, 'counter')
    for (const { values, count } of this.#series.values()) {
      yield sample(this.name, this.#labels, values, count)
    }
  }

  #addOther(count: number): void {
    const values = this.#labels.map(() => OTHER)
    const key = values.join(SEPARATOR)
    const other = this.#series.get(key)
    if (other === undefined) this.#series.set(key, { values, count })
    else other.count += count
  }
}

/** Numbers that are looked up when they are asked for. */
export class Gauge implements Family {
  readonly name: string
  readonly #help: string
  readonly #labels: Labels
  readonly #read: () => Iterable<readonly [Labels, number]>

  constructor(name: string, help: string, labels: Labels, read: () => Iterable<readonly [Labels, number]>) {
    this.name = name
    this.#help = help
    this.#labels = labels
    this.#read = read
  }

  *lines(): Iterable<string> {
    yield* head(this.name, this.#help, 'gauge')
    for (const [values, number] of this.#read()) yield sample(this.name, this.#labels, values, number)
  }
}

/** How often something took how long. */
export class Histogram implements Family {
  readonly name: string
  readonly #help: string
  readonly #labels: Labels
  readonly #bounds: readonly number[]
  readonly #series = new Map<string, { values: Labels; counts: number[]; sum: number; count: number }>()

  /** `bounds` rise; in seconds where times are meant. */
  constructor(name: string, help: string, labels: Labels, bounds: readonly number[]) {
    this.name = name
    this.#help = help
    this.#labels = labels
    this.#bounds = bounds
  }

  observe(values: Labels, number: number, times = 1): void {
    const key = values.join(SEPARATOR)
    let series = this.#series.get(key)
    if (series === undefined) {
      series = { values, counts: this.#bounds.map(() => 0), sum: 0, count: 0 }
      this.#series.set(key, series)
    }
    const at = this.#bounds.findIndex(bound => number <= bound)
    if (at >= 0) series.counts[at] = (series.counts[at] ?? 0) + times
    series.sum += number * times
    series.count += times
  }

  *lines(): Iterable<string> {
    yield* head(this.name, this.#help, 'histogram')
    const labels = [...this.#labels, 'le']
    for (const { values, counts, sum, count } of this.#series.values()) {
      let below = 0
      for (const [at, bound] of this.#bounds.entries()) {
        below += counts[at] ?? 0
        yield sample(`${this.name}_bucket`, labels, [...values, String(bound)], below)
      }
      yield sample(`${this.name}_bucket`, labels, [...values, '+Inf'], count)
      yield sample(`${this.name}_sum`, this.#labels, values, sum)
      yield sample(`${this.name}_count`, this.#labels, values, count)
    }
  }
}

/** The lines before the samples of a family. */
export function head(name: string, help: string, type: string): string[] {
  return [`# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`, `# TYPE ${name} ${type}`]
}

/** One sample. */
export function sample(name: string, labels: Labels, values: Labels, number: number): string {
  const pairs = labels.map((label, at) => `${label}="${escaped(values[at] ?? '')}"`)
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${number}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
