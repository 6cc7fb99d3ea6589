// What narrows the view, part by part, each to be taken away by a click.
import type { JSX } from 'preact'
import { filtersOf } from '../place/filters.ts'
import { closed, type Place } from '../place/place.ts'
import { go } from '../place/use-place.ts'
import { Icon } from './icon.tsx'

/** The chips; nothing where nothing narrows. */
export function FilterChips({ place }: { readonly place: Place }): JSX.Element | null {
  const filters = filtersOf(place.query)
  if (filters.length === 0) return null
  return (
    <ul class="chips" aria-label="Filters">
      {filters.map(({ text, without }) => (
        <li key={text}>
          <button
            type="button"
            class="chip"
            aria-label={`Remove filter ${text}`}
            onClick={() => go(closed({ ...place, query: without }))}
          >
            <span>{text}</span>
            <Icon name="close" />
          </button>
        </li>
      ))}
    </ul>
  )
}
