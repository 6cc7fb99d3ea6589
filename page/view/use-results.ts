// Search results page by page: the first with the question, the next when someone comes near the end.
// Forgets everything when the question changes. Used by the search view and the timeline.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { type AlertsAnswer, alertsAnswer } from '../../src/serve/api/answers.ts'
import { type AlertView, viewOf } from '../ask/alert.ts'
import { addressOf, ask, type Refused } from '../ask/ask.ts'
import { refusedBy } from '../ask/use-answer.ts'

/** See the file. */
export interface Results {
  readonly alerts: readonly AlertView[]
  readonly total: AlertsAnswer['total'] | undefined
  readonly refused: Refused | undefined
  readonly busy: boolean
  /** Whether there is more than was loaded and may be loaded. */
  readonly open: boolean
  readonly more: () => void
}

const PAGE = 200
/** Rows kept in the page; beyond, one narrows the search. */
const MOST = 20_000

interface State {
  readonly alerts: readonly AlertView[]
  readonly total?: AlertsAnswer['total']
  readonly next?: string
  readonly refused?: Refused
  readonly busy: boolean
}

/** Results for these parameters; `round` asks anew. */
export function useResults(parameters: Readonly<Record<string, string>>, round: number): Results {
  const [state, setState] = useState<State>({ alerts: [], busy: true })
  const running = useRef<AbortController | undefined>(undefined)
  const question = JSON.stringify(parameters)
  const load = useCallback(
    (before: readonly AlertView[], after: string | undefined) => {
      running.current?.abort()
      const abort = new AbortController()
      running.current = abort
      setState(state => ({ ...state, busy: true }))
      const address = addressOf('alerts', { ...JSON.parse(question), limit: PAGE, after })
      ask(alertsAnswer, address, abort.signal).then(
        ({ alerts, total, next }) => {
          const all = [...before, ...alerts.map(viewOf)]
          const onward = next !== undefined && all.length < MOST ? { next } : {}
          if (!abort.signal.aborted) setState({ alerts: all, total, busy: false, ...onward })
        },
        error => {
          if (!abort.signal.aborted) setState({ alerts: before, refused: refusedBy(error), busy: false })
        },
      )
    },
    [question],
  )
  // A new round asks the same question again.
  useEffect(() => {
    load([], undefined)
    return () => running.current?.abort()
  }, [load, round])
  const more = (): void => {
    if (!state.busy && state.next !== undefined) load(state.alerts, state.next)
  }
  const { alerts, total, refused, busy, next } = state
  return { alerts, total, refused, busy, open: next !== undefined, more }
}
