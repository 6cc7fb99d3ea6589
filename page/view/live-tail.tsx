// Alerts as they come in: the newest on top, held still while paused, what was too much counted.
// Keeps the last few hundred. The search narrows it on the server.
import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useReducer, useRef } from 'preact/hooks'
import { parseExact } from '../../src/policy/exact-json.ts'
import { tailMessage } from '../../src/serve/api/answers.ts'
import { type AlertView, viewOf } from '../ask/alert.ts'
import { addressOf } from '../ask/ask.ts'
import { whole } from '../ask/wording.ts'
import { AlertList } from '../part/alert-list.tsx'
import { announce } from '../part/announcer.tsx'
import { Icon } from '../part/icon.tsx'
import { onKey } from '../part/keys.ts'
import type { Place } from '../place/place.ts'

/** Milliseconds between words on how many came. */
const SAY_AGAIN = 4000
/** Alerts kept. */
const KEPT = 500

interface Live {
  readonly state: 'connecting' | 'watching' | 'broken'
  readonly paused: boolean
  readonly shown: readonly AlertView[]
  /** Came while paused. */
  readonly held: readonly AlertView[]
  readonly seen: number
  readonly skipped: number
}

type Happening =
  | { readonly kind: 'state'; readonly state: Live['state'] }
  | { readonly kind: 'alerts'; readonly alerts: readonly AlertView[]; readonly skipped: number }
  | { readonly kind: 'pause' }
  | { readonly kind: 'clear' }

const START: Live = { state: 'connecting', paused: false, shown: [], held: [], seen: 0, skipped: 0 }

function after(live: Live, happening: Happening): Live {
  if (happening.kind === 'state') return { ...live, state: happening.state }
  if (happening.kind === 'clear') return { ...START, state: live.state, paused: live.paused }
  if (happening.kind === 'pause') {
    if (!live.paused) return { ...live, paused: true }
    return { ...live, paused: false, shown: newest(live.held, live.shown), held: [] }
  }
  const { alerts, skipped } = happening
  const counted = { ...live, seen: live.seen + alerts.length, skipped: live.skipped + skipped }
  if (live.paused) return { ...counted, held: newest(alerts, live.held) }
  return { ...counted, shown: newest(alerts, live.shown) }
}

function newest(newer: readonly AlertView[], older: readonly AlertView[]): readonly AlertView[] {
  return [...newer, ...older].slice(0, KEPT)
}

/** See the file. */
export function LiveTail({ place }: { readonly place: Place }): JSX.Element {
  const [live, tell] = useReducer(after, START)
  useEffect(() => watch(place.query, tell), [place.query])
  useLayoutEffect(() => onKey('p', () => tell({ kind: 'pause' })), [])
  useAnnouncedCount(live.seen)
  useEffect(() => {
    if (live.state === 'watching') announce(live.paused ? 'Paused' : 'Watching')
  }, [live.state, live.paused])
  return (
    <div class="live">
      <div class="view-head">
        <h1 class="view-title">Live</h1>
        <p class="live-state" data-state={live.paused ? 'paused' : live.state}>
          {stateWords(live)}
        </p>
        <button
          type="button"
          class="button"
          aria-pressed={live.paused}
          onClick={() => tell({ kind: 'pause' })}
        >
          <Icon name={live.paused ? 'play' : 'pause'} />
          {live.paused ? 'Go on' : 'Pause'}
        </button>
        <button
          type="button"
          class="button"
          disabled={live.shown.length === 0 && live.held.length === 0}
          onClick={() => tell({ kind: 'clear' })}
        >
          Clear
        </button>
      </div>
      {live.skipped > 0 && (
        <p class="live-skipped">
          {whole(live.skipped)} more came too fast to look at here. They are stored: Alerts finds them.
        </p>
      )}
      {live.shown.length === 0 ? (
        <div class="state">
          <strong>{place.query === '' ? 'Waiting for alerts' : 'Waiting for alerts that match'}</strong>
          <p>What arrives from now on shows up here.</p>
        </div>
      ) : (
        <AlertList
          alerts={live.shown}
          total={live.shown.length}
          place={place}
          label="Alerts as they come in"
        />
      )}
    </div>
  )
}

/** Says how many came, not each of them, and not more often than one can listen to. */
function useAnnouncedCount(seen: number): void {
  const said = useRef({ seen: 0, waiting: false })
  const latest = useRef(seen)
  latest.current = seen
  useEffect(() => {
    if (said.current.waiting || seen <= said.current.seen) return
    said.current.waiting = true
    setTimeout(() => {
      announce(`${whole(latest.current - said.current.seen)} new alerts`)
      said.current = { seen: latest.current, waiting: false }
    }, SAY_AGAIN)
  }, [seen])
}

function stateWords({ state, paused, held, seen }: Live): string {
  if (state === 'connecting') return 'Connecting…'
  if (state === 'broken') return 'The connection broke; trying again'
  if (paused) return `Paused, ${whole(held.length)}${held.length === KEPT ? ' or more' : ''} new`
  return `Watching, ${whole(seen)} so far`
}

function watch(query: string, tell: (happening: Happening) => void): () => void {
  tell({ kind: 'clear' })
  const source = new EventSource(addressOf('tail', { q: query === '' ? undefined : query }))
  source.onopen = () => tell({ kind: 'state', state: 'watching' })
  source.onerror = () => tell({ kind: 'state', state: 'broken' })
  source.addEventListener('alerts', ({ data }) => {
    const { alerts, skipped } = tailMessage.parse(parseExact(String(data)))
    // The latest came last.
    tell({ kind: 'alerts', alerts: alerts.map(viewOf).reverse(), skipped })
  })
  return () => source.close()
}
