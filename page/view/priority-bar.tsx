// How urgent: every priority that occurs, with its count; the legend of the chart, and its filter.
import type { JSX } from 'preact'
import { PRIORITIES } from '../../src/detect/priority.ts'
import type { FacetsAnswer } from '../../src/serve/api/answers.ts'
import { whole } from '../ask/wording.ts'
import { Priority } from '../part/priority.tsx'
import { isChosen, toggled } from '../place/filters.ts'
import { closed, type Place } from '../place/place.ts'
import { go } from '../place/use-place.ts'

/** See the file. */
export interface PriorityBarParts {
  readonly facet: FacetsAnswer['facets'][number]
  readonly place: Place
}

/** See the file. */
export function PriorityBar({ facet, place }: PriorityBarParts): JSX.Element {
  const counts = new Map(facet.values.map(({ value, count }) => [value, count]))
  return (
    <ul class="priorities" aria-label="Priorities">
      {PRIORITIES.filter(name => counts.has(name)).map(name => (
        <li key={name}>
          <button
            type="button"
            aria-pressed={isChosen(place.query, 'priority', name)}
            onClick={() => go(closed({ ...place, query: toggled(place.query, 'priority', name) }))}
          >
            <Priority name={name} />
            <span class="priority-count">{whole(counts.get(name) ?? 0)}</span>
          </button>
        </li>
      ))}
    </ul>
  )
}
