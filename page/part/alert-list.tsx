// Alerts as a table, or as cards where there is no room; only what is in sight is there. j and k go from one to the next.
// Knows nothing of where alerts come from. Used by search results and the live tail.
import type { JSX, RefObject } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { AlertView } from '../ask/alert.ts'
import { clock, day, moment } from '../ask/wording.ts'
import { fragmentOf, type Place } from '../place/place.ts'
import { go } from '../place/use-place.ts'
import { onKey } from './keys.ts'
import { Priority } from './priority.tsx'
import { NARROW, useMedia } from './use-media.ts'
import { scrollerOf, useVirtual } from './use-virtual.ts'

/** See the file. */
export interface AlertListParts {
  readonly alerts: readonly AlertView[]
  /** How many there are beyond those loaded; -1 where that is not known. */
  readonly total: number
  readonly place: Place
  readonly label: string
  /** Called when the end of what is loaded comes near. */
  readonly more?: () => void
}

const ROW = 30
const CARD = 104
/** Rows from the end at which more are asked for. */
const NEAR = 40

/** See the file. */
export function AlertList(parts: AlertListParts): JSX.Element {
  const narrow = useMedia(NARROW)
  const height = narrow ? CARD : ROW
  const list = useRef<HTMLElement>(null)
  const { first, last } = useVirtual(list, parts.alerts.length, height)
  useStepping(list, parts, height)
  const { alerts, more } = parts
  const near = more !== undefined && last + NEAR >= alerts.length
  // Asked again whenever more are there and the end is still near.
  useEffect(() => {
    if (near) more()
  }, [near, alerts.length])
  const sight = { first, last, height, list }
  return narrow ? <Cards {...parts} {...sight} /> : <Table {...parts} {...sight} />
}

interface SightParts extends AlertListParts {
  readonly first: number
  readonly last: number
  readonly height: number
  readonly list: RefObject<HTMLElement | null>
}

function Table({ alerts, total, place, label, first, last, height, list }: SightParts): JSX.Element {
  return (
    <table class="alerts" aria-label={label} aria-rowcount={total < 0 ? -1 : total + 1}>
      <thead>
        <tr aria-rowindex={1}>
          <th scope="col" class="cell-time">
            Time
          </th>
          <th scope="col" class="cell-priority">
            Priority
          </th>
          <th scope="col" class="cell-rule">
            Rule
          </th>
          <th scope="col" class="cell-output">
            Output
          </th>
          <th scope="col" class="cell-host">
            Host
          </th>
        </tr>
      </thead>
      <tbody ref={list as RefObject<HTMLTableSectionElement>}>
        <Gap rows={first} height={height} />
        {alerts.slice(first, last).map((alert, at) => (
          <Row key={alert.id} alert={alert} at={first + at} place={place} />
        ))}
        <Gap rows={alerts.length - last} height={height} />
      </tbody>
    </table>
  )
}

function Gap({ rows, height }: { readonly rows: number; readonly height: number }): JSX.Element | null {
  if (rows <= 0) return null
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a row takes no focus
    <tr aria-hidden="true" class="gap">
      <td style={{ height: `${rows * height}px` }} />
    </tr>
  )
}

interface OneParts {
  readonly alert: AlertView
  readonly at: number
  readonly place: Place
}

function Row({ alert, at, place }: OneParts): JSX.Element {
  const there = { ...place, alert: alert.id }
  return (
    // The link in the row is what keys reach.
    <tr
      aria-rowindex={at + 2}
      data-at={at}
      aria-current={place.alert === alert.id}
      onClick={event => {
        const chosen = getSelection()?.isCollapsed === false
        if (!chosen && !(event.target instanceof HTMLAnchorElement)) go(there)
      }}
    >
      <td class="cell-time">
        <time dateTime={alert.time} title={alert.time}>
          <span class="day">{day(alert.at)}</span> {clock(alert.at)}
        </time>
      </td>
      <td class="cell-priority">
        <Priority name={alert.priority} />
      </td>
      <td class="cell-rule">
        <a href={fragmentOf(there)} data-alert={alert.id} title={alert.rule}>
          {alert.rule}
        </a>
      </td>
      <td class="cell-output" title={alert.output}>
        {alert.output}
      </td>
      <td class="cell-host" title={alert.hostname}>
        {alert.hostname}
      </td>
    </tr>
  )
}

function Cards({ alerts, total, place, label, first, last, height, list }: SightParts): JSX.Element {
  return (
    <ol
      class="cards"
      aria-label={label}
      ref={list as RefObject<HTMLOListElement>}
      style={{ height: `${alerts.length * height}px` }}
    >
      {alerts.slice(first, last).map((alert, at) => (
        <li
          key={alert.id}
          aria-setsize={total}
          aria-posinset={first + at + 1}
          style={{ transform: `translateY(${(first + at) * height}px)` }}
        >
          <a
            class="card"
            href={fragmentOf({ ...place, alert: alert.id })}
            data-alert={alert.id}
            aria-current={place.alert === alert.id}
          >
            <span class="card-head">
              <Priority name={alert.priority} />
              <time dateTime={alert.time}>{moment(alert.at, true)}</time>
            </span>
            <strong>{alert.rule}</strong>
            <span class="card-output">{alert.output}</span>
          </a>
        </li>
      ))}
    </ol>
  )
}

/** j and k: the focus goes to the next alert, and an open alert with it. */
function useStepping(list: RefObject<HTMLElement | null>, parts: AlertListParts, height: number): void {
  const latest = useRef(parts)
  latest.current = parts
  /** Where the focus is on its way to. */
  const aim = useRef<string | undefined>(undefined)
  // Heard from the moment on in which the list is seen.
  useLayoutEffect(() => {
    const step = (by: number) => (): void => {
      const { alerts, place } = latest.current
      const focused = aim.current ?? document.activeElement?.getAttribute('data-alert') ?? place.alert
      const at = alerts.findIndex(({ id }) => id === focused)
      const next = at === -1 ? (by > 0 ? 0 : -1) : at + by
      const alert = alerts[next]
      if (alert === undefined) return
      show(list.current, next, height)
      if (place.alert !== undefined) go({ ...place, alert: alert.id }, { replace: true })
      // At once where it is in the page: the next key must find it there.
      aim.current = focusAlert(alert.id) ? undefined : alert.id
      if (aim.current !== undefined) focusWhenThere(aim, PATIENCE)
    }
    const [down, up] = [onKey('j', step(1)), onKey('k', step(-1))]
    return () => {
      down()
      up()
    }
  }, [list, height])
}

function show(list: HTMLElement | null, at: number, height: number): void {
  const scroller = scrollerOf(list)
  if (list === null || scroller === null) return
  const top = list.getBoundingClientRect().top - scroller.getBoundingClientRect().top + at * height
  const margin = 2 * height
  if (top < margin) scroller.scrollBy({ top: top - margin })
  else if (top + margin > scroller.clientHeight)
    scroller.scrollBy({ top: top + margin - scroller.clientHeight })
}

/** Frames in which scrolling has put an alert into the page. */
const PATIENCE = 30

function focusWhenThere(aim: RefObject<string | undefined>, frames: number): void {
  const id = aim.current
  requestAnimationFrame(() => {
    // Another key has set another aim, which has a wait of its own.
    if (id === undefined || aim.current !== id) return
    if (!focusAlert(id) && frames > 0) focusWhenThere(aim, frames - 1)
    else aim.current = undefined
  })
}

/** Puts the focus on an alert's link, if it is in the page; tells whether it is. */
export function focusAlert(id: string): boolean {
  const link = document.querySelector<HTMLElement>(`[data-alert="${CSS.escape(id)}"]`)
  link?.focus({ preventScroll: true })
  return link !== null
}
