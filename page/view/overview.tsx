// The overview: how many, how urgent, when; and which rules, hosts, namespaces, sources and tags they come from.
// Everything narrows by a click. Asks again by itself while it is looked at.
import type { JSX } from 'preact'
import {
  alertsAnswer,
  type FacetsAnswer,
  facetsAnswer,
  histogramAnswer,
} from '../../src/serve/api/answers.ts'
import { viewOf } from '../ask/alert.ts'
import { addressOf, ask } from '../ask/ask.ts'
import { useAnswer } from '../ask/use-answer.ts'
import { alerts, moment } from '../ask/wording.ts'
import { RateChart } from '../chart/rate-chart.tsx'
import { bucketsFor } from '../chart/stack.ts'
import { FacetList } from '../part/facet-list.tsx'
import { Priority } from '../part/priority.tsx'
import { Nothing, Refusal, Waiting } from '../part/state.tsx'
import { closed, fragmentOf, type Place, parametersOf } from '../place/place.ts'
import { go } from '../place/use-place.ts'
import { PriorityBar } from './priority-bar.tsx'

interface FacetName {
  readonly by: string
  readonly title: string
}

/** Facets as lists, in this order. */
const LISTS: readonly FacetName[] = [
  { by: 'rule', title: 'Rules' },
  { by: 'hostname', title: 'Hosts' },
  { by: 'k8s.ns.name', title: 'Namespaces' },
]
/** Short ones, one above the other. */
const PAIR: readonly FacetName[] = [
  { by: 'source', title: 'Sources' },
  { by: 'tags', title: 'Tags' },
]
const LATEST = 8
const PAIRED = 7

/** See the file. `round` counts how often it was asked anew. */
export function Overview({ place, round }: { readonly place: Place; readonly round: number }): JSX.Element {
  const question = fragmentOf(closed(place))
  const parameters = parametersOf(place, Date.now())
  const { data, refused, busy } = useAnswer(`${question} ${round}`, async signal => {
    const [histogram, facets, latest] = await Promise.all([
      ask(
        histogramAnswer,
        addressOf('histogram', { ...parameters, by: 'priority', buckets: bucketsFor(innerWidth) }),
        signal,
      ),
      ask(facetsAnswer, addressOf('facets', { ...parameters, limit: 10 }), signal),
      ask(alertsAnswer, addressOf('alerts', { ...parameters, limit: LATEST }), signal),
    ])
    return { histogram, facets: facets.facets, latest, place: question }
  })
  if (refused !== undefined) return <Refusal refused={refused} />
  if (data === undefined) return <Waiting />
  const { total } = data.latest
  if (total.count === 0) return <Nothing place={place} />
  return (
    <div class="overview" aria-busy={busy && data.place !== question}>
      <h1 class="view-title">{alerts(total)}</h1>
      <PriorityBar facet={facetBy(data.facets, 'priority')} place={place} />
      <RateChart
        histogram={data.histogram}
        choose={(from, to) => go(closed({ ...place, span: { kind: 'between', from, to } }))}
      />
      <div class="facets">
        {LISTS.map(({ by, title }) => (
          <FacetList key={by} title={title} facet={facetBy(data.facets, by)} place={place} />
        ))}
        <div class="facet-pair">
          {PAIR.map(({ by, title }) => (
            <FacetList key={by} title={title} facet={facetBy(data.facets, by)} place={place} shown={PAIRED} />
          ))}
        </div>
        <section class="facet latest" aria-label="Latest">
          <h2>Latest</h2>
          <ul>
            {data.latest.alerts.map(viewOf).map(alert => (
              <li key={alert.id}>
                <a href={fragmentOf({ ...place, alert: alert.id })} data-alert={alert.id}>
                  <Priority name={alert.priority} />
                  <span class="latest-rule">{alert.rule}</span>
                  <span class="latest-output">{alert.output}</span>
                  <time dateTime={alert.time}>{moment(alert.at, true)}</time>
                </a>
              </li>
            ))}
          </ul>
          <p class="facet-rest">
            <a href={fragmentOf({ ...closed(place), view: 'alerts' })}>See all</a>
          </p>
        </section>
      </div>
    </div>
  )
}

type FacetCounts = FacetsAnswer['facets'][number]

function facetBy(facets: readonly FacetCounts[], by: string): FacetCounts {
  return facets.find(facet => facet.by === by) ?? { by, distinct: 0, values: [] }
}
