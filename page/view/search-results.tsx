// Search results: how many and when, then one after the other, newest first, loaded as one scrolls.
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { histogramAnswer, type SessionAnswer } from '../../src/serve/api/answers.ts'
import { addressOf, ask } from '../ask/ask.ts'
import { useAnswer } from '../ask/use-answer.ts'
import { alerts } from '../ask/wording.ts'
import { RateChart } from '../chart/rate-chart.tsx'
import { bucketsFor } from '../chart/stack.ts'
import { AlertList } from '../part/alert-list.tsx'
import { announce } from '../part/announcer.tsx'
import { ExportMenu } from '../part/export-menu.tsx'
import { Nothing, Refusal, Waiting } from '../part/state.tsx'
import { closed, fragmentOf, type Place, parametersOf } from '../place/place.ts'
import { go } from '../place/use-place.ts'
import { useResults } from './use-results.ts'
import { useSteady } from './use-steady.ts'

/** See the file. */
export interface SearchResultsParts {
  readonly place: Place
  readonly session: SessionAnswer
  readonly round: number
}

/** See the file. */
export function SearchResults({ place, session, round }: SearchResultsParts): JSX.Element {
  const question = fragmentOf(closed(place))
  const parameters = parametersOf(place, Date.now())
  const results = useResults(useSteady(question, round, parameters), round)
  const { total, refused } = results
  const words = total === undefined ? '' : alerts(total)
  useEffect(() => {
    if (words !== '') announce(`${words} found`)
  }, [words])
  if (refused !== undefined && results.alerts.length === 0) return <Refusal refused={refused} />
  if (total === undefined) return <Waiting>Searching…</Waiting>
  if (total.count === 0) return <Nothing place={place} />
  return (
    <div class="results" aria-busy={results.busy}>
      <div class="view-head">
        <h1 class="view-title">{words}</h1>
        <ExportMenu place={place} session={session} />
      </div>
      <SmallRate place={place} question={`${question} ${round}`} parameters={parameters} />
      <AlertList
        alerts={results.alerts}
        total={total.exact ? total.count : -1}
        place={place}
        label={`${words}, newest first`}
        more={results.more}
      />
      {refused !== undefined && <Refusal refused={refused} />}
      {!results.open && results.alerts.length < total.count && (
        <p class="state">
          These are the newest {results.alerts.length}. Narrow the search to see further back.
        </p>
      )}
    </div>
  )
}

interface SmallRateParts {
  readonly place: Place
  readonly question: string
  readonly parameters: Readonly<Record<string, string>>
}

function SmallRate({ place, question, parameters }: SmallRateParts): JSX.Element {
  const address = addressOf('histogram', { ...parameters, by: 'priority', buckets: bucketsFor(innerWidth) })
  const { data } = useAnswer(question, signal => ask(histogramAnswer, address, signal))
  return (
    <div class="small-rate">
      {data !== undefined && (
        <RateChart
          histogram={data}
          choose={(from, to) => go(closed({ ...place, span: { kind: 'between', from, to } }))}
        />
      )}
    </div>
  )
}
