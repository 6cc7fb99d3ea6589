// The span of time: the usual ones, or from and to. Times are typed and shown in the browser's zone.
import type { JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { spanName } from '../ask/wording.ts'
import { closed, LASTS, type Place, type Span } from '../place/place.ts'
import { go } from '../place/use-place.ts'
import { useDismiss } from './use-dismiss.ts'

/** The button and what it opens. */
export function SpanPicker({ place }: { readonly place: Place }): JSX.Element {
  const details = useRef<HTMLDetailsElement>(null)
  useDismiss(details)
  const choose = (span: Span): void => {
    details.current?.removeAttribute('open')
    details.current?.querySelector('summary')?.focus()
    go(closed({ ...place, span }))
  }
  return (
    <details class="menu span-picker" ref={details}>
      <summary class="button" aria-label={`Time: ${spanName(place.span)}`}>
        {spanName(place.span)}
      </summary>
      <div class="menu-panel">
        <ul>
          {[undefined, ...LASTS].map(last => {
            const span: Span = last === undefined ? { kind: 'all' } : { kind: 'last', seconds: last.seconds }
            return (
              <li key={last?.seconds ?? 0}>
                <button
                  type="button"
                  class="menu-item"
                  aria-current={spanName(span) === spanName(place.span)}
                  onClick={() => choose(span)}
                >
                  {spanName(span)}
                </button>
              </li>
            )
          })}
        </ul>
        <BetweenForm span={place.span} choose={choose} />
      </div>
    </details>
  )
}

interface BetweenParts {
  readonly span: Span
  readonly choose: (span: Span) => void
}

function BetweenForm({ span, choose }: BetweenParts): JSX.Element {
  const [fault, setFault] = useState('')
  const submit = (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }): void => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const [from, to] = [typed(data.get('from')), typed(data.get('to'))]
    if (from === undefined || to === undefined) setFault('Give both times')
    else if (from >= to) setFault('The end is not after the beginning')
    else choose({ kind: 'between', from, to })
  }
  return (
    <form class="between" onSubmit={submit}>
      <label>
        From
        <input
          type="datetime-local"
          name="from"
          step="1"
          value={span.kind === 'between' ? local(span.from) : ''}
        />
      </label>
      <label>
        To
        <input
          type="datetime-local"
          name="to"
          step="1"
          value={span.kind === 'between' ? local(span.to) : ''}
        />
      </label>
      {fault !== '' && <p role="alert">{fault}</p>}
      <button type="submit" class="button">
        Apply
      </button>
      <small>{Intl.DateTimeFormat().resolvedOptions().timeZone}</small>
    </form>
  )
}

function typed(value: FormDataEntryValue | null): bigint | undefined {
  const milliseconds = typeof value === 'string' ? new Date(value).getTime() : Number.NaN
  return Number.isNaN(milliseconds) ? undefined : BigInt(milliseconds) * 1_000_000n
}

function local(instant: bigint): string {
  const date = new Date(Number(instant / 1_000_000n))
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  return shifted.toISOString().slice(0, 19)
}
