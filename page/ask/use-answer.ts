// An answer as a view needs it: there, on its way, or refused; the last one stays while the next is on its way.
// Asks again when the question changes. Used by every view.
import { useEffect, useState } from 'preact/hooks'
import { Refused } from './ask.ts'

/** See the file. `data` may be the answer to the question before, while `busy`. */
export interface Answer<T> {
  readonly data: T | undefined
  readonly refused: Refused | undefined
  readonly busy: boolean
}

/** The answer to the question that `key` names; `load` is called anew whenever it changes. */
export function useAnswer<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ data: undefined, refused: undefined, busy: true })
  // `key` says all that `load` depends on.
  useEffect(() => {
    const abort = new AbortController()
    setAnswer(before => ({ ...before, busy: true }))
    load(abort.signal).then(
      data => {
        if (!abort.signal.aborted) setAnswer({ data, refused: undefined, busy: false })
      },
      error => {
        if (!abort.signal.aborted) setAnswer({ data: undefined, refused: refusedBy(error), busy: false })
      },
    )
    return () => abort.abort()
  }, [key])
  return answer
}

/** Whatever went wrong, as something to show. */
export function refusedBy(error: unknown): Refused {
  if (error instanceof Refused) return error
  return new Refused('ERR_PAGE_ANSWER', 'the server answered something this page does not understand')
}
