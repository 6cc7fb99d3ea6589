// Where to go from an alert: same process, same pod, the minutes around it, its actor's steps; each with how many there are.
// Used by the open alert.
import type { JSX } from 'preact'
import { type PivotsAnswer, pivotsAnswer } from '../../src/serve/api/answers.ts'
import { addressOf, ask } from '../ask/ask.ts'
import { useAnswer } from '../ask/use-answer.ts'
import { alerts } from '../ask/wording.ts'
import { fragmentOf, type Place } from '../place/place.ts'

type Pivot = PivotsAnswer['pivots'][number]

const NAMES: Readonly<Record<Pivot['kind'], string>> = {
  process: 'Same process',
  pod: 'Same pod',
  around: 'Around this time',
  actor: 'Actor’s timeline',
}

/** See the file. */
export function Pivots({ id, place }: { readonly id: string; readonly place: Place }): JSX.Element | null {
  const address = addressOf(`alerts/${encodeURIComponent(id)}/neighbours`)
  const { data } = useAnswer(address, signal => ask(pivotsAnswer, address, signal))
  if (data === undefined) return <div class="pivots waiting" />
  return (
    <nav class="pivots" aria-label="From here">
      {data.pivots.map(pivot => (
        <a key={pivot.kind} class="pivot" href={fragmentOf(placeOfPivot(pivot, place))}>
          <strong>
            {pivot.kind === 'pod' && pivot.title.startsWith('container')
              ? 'Same container'
              : NAMES[pivot.kind]}
          </strong>
          <span>{pivot.title}</span>
          <small>{alerts(pivot.total)}</small>
        </a>
      ))}
    </nav>
  )
}

/** The question as a place; the alert stays open, so that one sees it among the others. */
function placeOfPivot({ kind, query, from, to }: Pivot, { alert }: Place): Place {
  const span: Place['span'] =
    from === undefined || to === undefined
      ? { kind: 'all' }
      : { kind: 'between', from: BigInt(from), to: BigInt(to) }
  return {
    view: kind === 'actor' ? 'timeline' : 'alerts',
    query,
    span,
    ...(alert !== undefined && kind !== 'actor' && { alert }),
  }
}
