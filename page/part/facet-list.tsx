// The most frequent values of one facet, each with its share as a bar; a click asks for it, another no longer.
import type { JSX } from 'preact'
import type { FacetsAnswer } from '../../src/serve/api/answers.ts'
import { whole } from '../ask/wording.ts'
import { isChosen, toggled } from '../place/filters.ts'
import { closed, type Place } from '../place/place.ts'
import { go } from '../place/use-place.ts'

/** See the file. */
export interface FacetParts {
  readonly title: string
  readonly facet: FacetsAnswer['facets'][number]
  readonly place: Place
  /** Values shown; all that came, where it is not said. */
  readonly shown?: number
}

/** See the file. */
export function FacetList({ title, facet, place, shown = facet.values.length }: FacetParts): JSX.Element {
  const most = facet.values[0]?.count ?? 1
  const rest = facet.distinct - Math.min(shown, facet.values.length)
  return (
    <section class="facet" aria-label={title}>
      <h2>
        {title} <small>{whole(facet.distinct)}</small>
      </h2>
      {facet.values.length === 0 && <p class="facet-empty">None in these alerts</p>}
      <ul>
        {facet.values.slice(0, shown).map(({ value, count }) => {
          const chosen = isChosen(place.query, facet.by, value)
          return (
            <li key={value}>
              <button
                type="button"
                class="facet-value"
                aria-pressed={chosen}
                data-priority={facet.by === 'priority' ? value : undefined}
                style={{ '--share': `${Math.max(0.5, (count / most) * 100)}%` }}
                onClick={() => go(closed({ ...place, query: toggled(place.query, facet.by, value) }))}
              >
                <span class="facet-name" title={value}>
                  {value === '' ? '(none)' : value}
                </span>
                <span class="facet-count">{whole(count)}</span>
              </button>
            </li>
          )
        })}
      </ul>
      {rest > 0 && <p class="facet-rest">and {whole(rest)} more</p>}
    </section>
  )
}
