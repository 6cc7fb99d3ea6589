// What an actor did, step by step, newest first, with the time between steps; days apart are set apart.
// The same results as a search, told as a story.
import type { JSX } from 'preact'
import { Fragment } from 'preact'
import type { SessionAnswer } from '../../src/serve/api/answers.ts'
import { type AlertView, fieldOf } from '../ask/alert.ts'
import { alerts, clock, day, duration } from '../ask/wording.ts'
import { ExportMenu } from '../part/export-menu.tsx'
import { Priority } from '../part/priority.tsx'
import { Nothing, Refusal, Waiting } from '../part/state.tsx'
import { closed, fragmentOf, type Place, parametersOf } from '../place/place.ts'
import { useResults } from './use-results.ts'
import { useSteady } from './use-steady.ts'

/** Shorter pauses are not worth a line: nanoseconds. */
const PAUSE = 60_000_000_000n

/** See the file. */
export interface TimelineParts {
  readonly place: Place
  readonly session: SessionAnswer
  readonly round: number
}

/** See the file. */
export function Timeline({ place, session, round }: TimelineParts): JSX.Element {
  const question = fragmentOf(closed(place))
  const results = useResults(useSteady(question, round, parametersOf(place, Date.now())), round)
  const { total, refused } = results
  if (refused !== undefined) return <Refusal refused={refused} />
  if (total === undefined) return <Waiting />
  if (total.count === 0) return <Nothing place={place} />
  return (
    <div class="timeline" aria-busy={results.busy}>
      <div class="view-head">
        <h1 class="view-title">
          Timeline <small>{alerts(total)}</small>
        </h1>
        <a class="button" href={fragmentOf({ ...closed(place), view: 'alerts' })}>
          As a list
        </a>
        <ExportMenu place={place} session={session} />
      </div>
      <ol>
        {results.alerts.map((alert, at) => (
          <Fragment key={alert.id}>
            <Between newer={results.alerts[at - 1]} older={alert} />
            <Step alert={alert} place={place} />
          </Fragment>
        ))}
      </ol>
      {results.open && (
        <button type="button" class="button" disabled={results.busy} onClick={results.more}>
          Earlier steps
        </button>
      )}
    </div>
  )
}

interface BetweenParts {
  readonly newer: AlertView | undefined
  readonly older: AlertView
}

/** A day's name where one begins, or how long nothing happened. */
function Between({ newer, older }: BetweenParts): JSX.Element | null {
  if (newer === undefined || day(newer.at) !== day(older.at)) return <li class="step-day">{day(older.at)}</li>
  const pause = newer.at - older.at
  return pause < PAUSE ? null : <li class="step-pause">{duration(pause)} between</li>
}

function Step({ alert, place }: { readonly alert: AlertView; readonly place: Place }): JSX.Element {
  const what = fieldOf(alert, 'proc.cmdline') ?? auditWords(alert)
  return (
    <li class="step" data-priority={alert.priority}>
      <time dateTime={alert.time} title={alert.time}>
        {clock(alert.at)}
      </time>
      <a
        href={fragmentOf({ ...place, alert: alert.id })}
        data-alert={alert.id}
        aria-current={place.alert === alert.id}
      >
        <span class="step-head">
          <strong>{alert.rule}</strong>
          <Priority name={alert.priority} />
        </span>
        <span class="step-what">{what ?? alert.output}</span>
      </a>
    </li>
  )
}

function auditWords(alert: AlertView): string | undefined {
  const verb = fieldOf(alert, 'ka.verb')
  if (verb === undefined) return undefined
  const names = ['ka.target.resource', 'ka.target.namespace', 'ka.target.name']
  return [verb, ...names.map(name => fieldOf(alert, name))].filter(word => word !== undefined).join(' ')
}
