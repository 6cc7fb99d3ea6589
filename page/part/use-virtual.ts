// Which rows of a long list are in sight, given the height of one; only those are put in the page.
// The list scrolls with `<main>`. Used by the table and the cards.
import type { RefObject } from 'preact'
import { useEffect, useState } from 'preact/hooks'

/** Rows from `first` to before `last`. */
export interface Sight {
  readonly first: number
  readonly last: number
}

/** Rows kept above and below what is seen, so that scrolling shows no gaps. */
const SPARE = 12

/** See the file. */
export function useVirtual(list: RefObject<HTMLElement | null>, count: number, height: number): Sight {
  const [sight, setSight] = useState<Sight>({ first: 0, last: 60 })
  useEffect(() => {
    const scroller = scrollerOf(list.current)
    const look = (): void => {
      if (list.current === null || scroller === null) return
      const top = list.current.getBoundingClientRect().top - scroller.getBoundingClientRect().top
      const first = Math.max(0, Math.floor(-top / height) - SPARE)
      const last = Math.ceil((scroller.clientHeight - top) / height) + SPARE
      setSight(before => (before.first === first && before.last === last ? before : { first, last }))
    }
    look()
    scroller?.addEventListener('scroll', look, { passive: true })
    addEventListener('resize', look)
    return () => {
      scroller?.removeEventListener('scroll', look)
      removeEventListener('resize', look)
    }
  }, [list, height])
  return { first: Math.min(sight.first, count), last: Math.min(sight.last, count) }
}

/** What scrolls the list. */
export function scrollerOf(element: Element | null): HTMLElement | null {
  return element?.closest('main') ?? null
}
