// Where someone is in the page: view, query, span of time, open alert; all of it in the address, so that a link shows the same.
// Pure. Used by every view.
import { instantOf, timeOf } from '../../src/serve/api/instant.ts'

/** Views, in the order of the navigation. */
export const VIEWS = ['overview', 'alerts', 'live', 'timeline'] as const

/** What fills the page. */
export type View = (typeof VIEWS)[number]

/** A span of time: everything kept, up to now, or between two instants in nanoseconds since 1970. */
export type Span =
  | { readonly kind: 'all' }
  | { readonly kind: 'last'; readonly seconds: number }
  | { readonly kind: 'between'; readonly from: bigint; readonly to: bigint }

/** See the file. */
export interface Place {
  readonly view: View
  /** In the query language. */
  readonly query: string
  readonly span: Span
  /** UUID of the alert that is open beside the view. */
  readonly alert?: string
}

/** Spans offered, and how they are called. */
export const LASTS: readonly { readonly seconds: number; readonly name: string }[] = [
  { seconds: 900, name: 'Last 15 minutes' },
  { seconds: 3600, name: 'Last hour' },
  { seconds: 21_600, name: 'Last 6 hours' },
  { seconds: 86_400, name: 'Last 24 hours' },
  { seconds: 604_800, name: 'Last 7 days' },
  { seconds: 2_592_000, name: 'Last 30 days' },
]

/** The place an address's fragment names; what it doesn't say, or says wrongly, is as at the start. */
export function placeOf(fragment: string): Place {
  const [path = '', search = ''] = fragment.replace(/^#?\/?/, '').split('?', 2)
  const words = new URLSearchParams(search)
  const alert = words.get('alert')
  return {
    view: VIEWS.find(view => view === path) ?? 'overview',
    query: words.get('q') ?? '',
    span: spanOf(words),
    ...(alert !== null && { alert }),
  }
}

function spanOf(words: URLSearchParams): Span {
  const seconds = Number(words.get('last'))
  if (Number.isSafeInteger(seconds) && seconds > 0) return { kind: 'last', seconds }
  const [from, to] = [instantOf(words.get('from') ?? ''), instantOf(words.get('to') ?? '')]
  return from !== undefined && to !== undefined && from < to ? { kind: 'between', from, to } : { kind: 'all' }
}

/** The fragment that names a place. */
export function fragmentOf({ view, query, span, alert }: Place): string {
  const words = new URLSearchParams()
  if (query !== '') words.set('q', query)
  if (span.kind === 'last') words.set('last', String(span.seconds))
  if (span.kind === 'between') {
    words.set('from', timeOf(span.from))
    words.set('to', timeOf(span.to))
  }
  if (alert !== undefined) words.set('alert', alert)
  // Colons and slashes may stand in a fragment; people read them.
  const search = words.toString().replaceAll('%3A', ':').replaceAll('%2F', '/')
  return `#/${view}${search === '' ? '' : `?${search}`}`
}

/** The place without its open alert. */
export function closed({ alert: _alert, ...place }: Place): Place {
  return place
}

/** Query and span as parameters of a request. `now` is milliseconds since 1970. */
export function parametersOf({ query, span }: Place, now: number): Record<string, string> {
  const parameters: Record<string, string> = query === '' ? {} : { q: query }
  if (span.kind === 'last')
    parameters.from = String(BigInt(Math.floor(now / 1000) - span.seconds) * 1_000_000_000n)
  if (span.kind === 'between') {
    parameters.from = String(span.from)
    parameters.to = String(span.to)
  }
  return parameters
}
