// The smallest AlertStore: columns of numbers over alerts that are made when they are read, so that a million cost nothing.
// Keeps what is inserted too. Used by the tests of the page and its HTTP interface.
import { AcceptedAlert } from '../../../src/serve/alert.ts'
import { instantOf } from '../../../src/serve/api/instant.ts'
import { alertTest, fieldText } from '../../../src/serve/api/query-match.ts'
import type {
  AlertPage,
  AlertQuery,
  AlertStore,
  Counted,
  Facet,
  Histogram,
} from '../../../src/serve/store/store.ts'
import {
  choices,
  HOSTS,
  idAt,
  instantAt,
  lineAt,
  NAMESPACES,
  priorityAt,
  RULES,
  tagsAt,
} from './made-alerts.ts'

const FIELD_NAMES = [
  'proc.name',
  'proc.cmdline',
  'proc.pid',
  'k8s.ns.name',
  'k8s.pod.name',
  'user.name',
  'container.id',
]
/** Alerts looked at for what columns don't know. */
const LOOKED_AT = 3000

/** See the file. */
export class ArrayStore implements AlertStore {
  readonly #count: number
  readonly #columns: { readonly kind: Uint8Array; readonly host: Uint8Array; readonly namespace: Uint8Array }
  readonly #inserted: AcceptedAlert[] = []
  /** Answers over all alerts, until one is inserted. */
  readonly #known = new Map<string, unknown>()

  /** With `count` made alerts. */
  constructor(count: number) {
    this.#count = count
    const columns = {
      kind: new Uint8Array(count),
      host: new Uint8Array(count),
      namespace: new Uint8Array(count),
    }
    for (let at = 0; at < count; at += 1) {
      const { kind, host, namespace } = choices(at)
      columns.kind[at] = kind
      columns.host[at] = host
      columns.namespace[at] = namespace
    }
    this.#columns = columns
  }

  async insert(lines: Buffer): Promise<number> {
    this.#known.clear()
    const all = lines.toString().trimEnd().split('\n')
    for (const line of all) {
      const { uuid } = JSON.parse(line) as { uuid: string }
      this.#inserted.unshift(new AcceptedAlert(uuid, line))
    }
    return all.length
  }

  async search(query: AlertQuery, { limit, after }: { limit: number; after?: string }): Promise<AlertPage> {
    const alerts: string[] = []
    let at = Number(after ?? 0)
    const matches = this.#matches(query)
    const all = this.#inserted.length + this.#count
    for (; at < all && alerts.length < limit; at += 1) if (matches(at)) alerts.push(this.#line(at))
    const total = await this.count(query)
    return { alerts, total, ...(at < all && alerts.length === limit && { next: String(at) }) }
  }

  async count(query: AlertQuery): Promise<Counted> {
    const matches = this.#matches(query)
    const all = this.#inserted.length + this.#count
    const most = this.#slow(query) ? Math.min(all, LOOKED_AT) : all
    let count = 0
    for (let at = 0; at < most; at += 1) if (matches(at)) count += 1
    return { count, exact: most === all }
  }

  facet(
    query: AlertQuery,
    by: Facet,
    limit: number,
  ): Promise<{ values: { value: string; count: number }[]; distinct: number }> {
    return this.#once(['facet', query, by, limit], () => this.#facet(query, by, limit))
  }

  histogram(
    query: AlertQuery,
    by: Facet,
    span: { from: bigint; to: bigint; buckets: number },
  ): Promise<Histogram> {
    return this.#once(['histogram', query, by, span], () => this.#histogram(query, by, span))
  }

  async #once<T>(question: unknown, answer: () => T): Promise<T> {
    const key = JSON.stringify(question, (_, value) => (typeof value === 'bigint' ? String(value) : value))
    if (!this.#known.has(key)) this.#known.set(key, answer())
    return this.#known.get(key) as T
  }

  #facet(
    query: AlertQuery,
    by: Facet,
    limit: number,
  ): { values: { value: string; count: number }[]; distinct: number } {
    const counts = new Map<string, number>()
    this.#each(query, at => {
      for (const value of this.#values(at, by)) counts.set(value, (counts.get(value) ?? 0) + 1)
    })
    const values = [...counts]
      .map(([value, count]) => ({ value, count }))
      .sort((one, other) => other.count - one.count)
    return { values: values.slice(0, limit), distinct: values.length }
  }

  #histogram(
    query: AlertQuery,
    by: Facet,
    { from, to, buckets }: { from: bigint; to: bigint; buckets: number },
  ): Histogram {
    const width = (to - from + BigInt(buckets) - 1n) / BigInt(buckets)
    const series = new Map<string, number[]>()
    this.#each(query, at => {
      const bucket = Number((this.#instant(at) - from) / width)
      if (bucket < 0 || bucket >= buckets) return
      for (const value of this.#values(at, by)) {
        const counts = series.get(value) ?? new Array<number>(buckets).fill(0)
        counts[bucket] = (counts[bucket] ?? 0) + 1
        series.set(value, counts)
      }
    })
    const starts = Array.from({ length: buckets }, (_, at) => from + BigInt(at) * width)
    return { width, starts, series: [...series].map(([value, counts]) => ({ value, counts })) }
  }

  async get(id: string): Promise<string | undefined> {
    const inserted = this.#inserted.find(alert => alert.id === id)
    if (inserted !== undefined) return inserted.line
    const at = Number.parseInt(id.slice(-12), 16)
    return at < this.#count && idAt(at) === id ? lineAt(at, this.#count) : undefined
  }

  async fieldNames(prefix: string, limit: number): Promise<string[]> {
    return FIELD_NAMES.filter(name => name.startsWith(prefix)).slice(0, limit)
  }

  async fieldValues(name: string, prefix: string, limit: number): Promise<string[]> {
    const values = new Set<string>()
    for (let at = 0; at < Math.min(this.#count, LOOKED_AT); at += 1) {
      const value = fieldText(new AcceptedAlert('', this.#line(at)).content.fields[name])
      if (value?.startsWith(prefix)) values.add(value)
    }
    return [...values].slice(0, limit)
  }

  async extent(): Promise<{ alerts: number; bytes: number; oldest?: bigint; newest?: bigint }> {
    const alerts = this.#inserted.length + this.#count
    if (alerts === 0) return { alerts: 0, bytes: 0 }
    return { alerts, bytes: alerts * 1300, oldest: this.#instant(alerts - 1), newest: this.#instant(0) }
  }

  async retain(): Promise<number> {
    return 0
  }

  async close(): Promise<void> {}

  #line(at: number): string {
    return this.#inserted[at]?.line ?? lineAt(at - this.#inserted.length, this.#count)
  }

  #instant(at: number): bigint {
    const inserted = this.#inserted[at]
    if (inserted !== undefined) return instantOf(inserted.content.time) ?? 0n
    return instantAt(at - this.#inserted.length, this.#count)
  }

  #slow({ text, fields }: AlertQuery): boolean {
    return text !== undefined || (fields?.some(({ name }) => name !== 'k8s.ns.name') ?? false)
  }

  #each(query: AlertQuery, act: (at: number) => void): void {
    const matches = this.#matches(query)
    const all = this.#inserted.length + this.#count
    const most = this.#slow(query) ? Math.min(all, LOOKED_AT) : all
    for (let at = 0; at < most; at += 1) if (matches(at)) act(at)
  }

  #matches(query: AlertQuery): (at: number) => boolean {
    const test = alertTest(query)
    if (Object.keys(query).length === 0) return () => true
    const slow = this.#slow(query)
    return at => {
      if (slow || at < this.#inserted.length) return test(new AcceptedAlert('', this.#line(at)))
      const { priorities, rules, sources, hostnames, tags, fields, from, to } = query
      const one = (by: Facet, wanted: readonly string[] | undefined): boolean =>
        wanted === undefined || this.#values(at, by).some(value => wanted.includes(value))
      if (from !== undefined && this.#instant(at) < from) return false
      if (to !== undefined && this.#instant(at) >= to) return false
      const namespaces = fields?.map(({ value }) => value)
      return (
        one('priority', priorities) &&
        one('rule', rules) &&
        one('source', sources) &&
        one('hostname', hostnames) &&
        one('tags', tags) &&
        one('k8s.ns.name', namespaces)
      )
    }
  }

  #values(at: number, by: Facet): readonly string[] {
    const inserted = this.#inserted[at]
    if (inserted !== undefined) return contentValues(inserted, by)
    const made = at - this.#inserted.length
    const kind = this.#columns.kind[made] ?? 0
    if (by === 'rule') return [RULES[kind] ?? '']
    if (by === 'priority') return [priorityAt(kind)]
    if (by === 'tags') return tagsAt(kind)
    if (by === 'source') return ['syscall']
    if (by === 'hostname') return [HOSTS[this.#columns.host[made] ?? 0] ?? '']
    return [NAMESPACES[this.#columns.namespace[made] ?? 0] ?? '']
  }
}

function contentValues({ content }: AcceptedAlert, by: Facet): readonly string[] {
  if (by === 'tags') return content.tags
  if (by === 'k8s.ns.name') return [fieldText(content.fields[by]) ?? '']
  if (by === 'hostname') return [content.hostname ?? '']
  return [by === 'priority' ? content.priority : by === 'rule' ? content.rule : content.source]
}
