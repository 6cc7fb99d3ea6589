// One alert with every field, beside the view or over it: what can be copied, asked for, and where to go from here.
// Loads the alert by its id, so a link opens it wherever the list is. Used by the shell.
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { parseExact } from '../../src/policy/exact-json.ts'
import { type ShownAlert, shownAlert } from '../../src/serve/api/answers.ts'
import { type AlertView, viewOf } from '../ask/alert.ts'
import { addressOf, askText } from '../ask/ask.ts'
import { useAnswer } from '../ask/use-answer.ts'
import { clock, day } from '../ask/wording.ts'
import { focusAlert } from '../part/alert-list.tsx'
import { CopyButton } from '../part/copy-button.tsx'
import { Icon } from '../part/icon.tsx'
import { Priority } from '../part/priority.tsx'
import { Refusal, Waiting } from '../part/state.tsx'
import { closed, type Place } from '../place/place.ts'
import { go } from '../place/use-place.ts'
import { FieldTable } from './field-table.tsx'
import { Pivots } from './pivots.tsx'

interface Loaded {
  readonly line: string
  readonly view: AlertView
}

/** See the file. */
export function OpenAlert({ id, place }: { readonly id: string; readonly place: Place }): JSX.Element {
  const { data, refused } = useAnswer(id, signal => load(id, signal))
  const heading = useRef<HTMLHeadingElement>(null)
  const shown = data?.view.id === id ? data : undefined
  const begun = useRef(false)
  useEffect(() => {
    // Only when the panel opens: j and k go on in the list.
    if (shown === undefined || begun.current) return
    begun.current = true
    if (document.activeElement?.closest('.alerts, .cards') === null)
      heading.current?.focus({ preventScroll: true })
  }, [shown])
  return (
    <aside class="open-alert" aria-label="Alert">
      <div class="open-bar">
        <CopyButton label="Copy link" icon="link" text={() => location.href} />
        {shown !== undefined && <CopyButton label="Copy JSON" text={() => shown.line} />}
        <button type="button" class="icon-button" aria-label="Close alert" onClick={() => closeAlert(place)}>
          <Icon name="close" />
        </button>
      </div>
      {refused !== undefined && <Refusal refused={refused} />}
      {refused === undefined && data === undefined && <Waiting />}
      {data !== undefined && (
        <>
          <header class="open-head">
            <p>
              <Priority name={data.view.priority} />
              <time dateTime={data.view.time} title={data.view.time}>
                {day(data.view.at)} {clock(data.view.at)}
              </time>
            </p>
            <h2 tabIndex={-1} ref={heading}>
              {data.view.rule}
            </h2>
            <p class="open-output">{data.view.output}</p>
          </header>
          <Pivots id={data.view.id} place={place} />
          <FieldTable alert={data.view} place={place} />
          <details class="raw">
            <summary>As received</summary>
            <pre>{data.line}</pre>
          </details>
        </>
      )}
    </aside>
  )
}

/** Closes it and goes back to where it was opened from. */
export function closeAlert(place: Place): void {
  const { alert } = place
  go(closed(place))
  if (alert !== undefined) requestAnimationFrame(() => focusAlert(alert))
}

async function load(id: string, signal: AbortSignal): Promise<Loaded> {
  const line = await askText(addressOf(`alerts/${encodeURIComponent(id)}`), { signal })
  const alert: ShownAlert = shownAlert.parse(parseExact(line))
  return { line, view: viewOf(alert) }
}
