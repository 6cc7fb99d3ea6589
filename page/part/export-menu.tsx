// Takes what matches away as a file: lines of JSON, and a signed envelope where the server seals.
import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import type { SessionAnswer } from '../../src/serve/api/answers.ts'
import { addressOf } from '../ask/ask.ts'
import { type Place, parametersOf } from '../place/place.ts'
import { Icon } from './icon.tsx'
import { useDismiss } from './use-dismiss.ts'

/** See the file. */
export function ExportMenu({
  place,
  session,
}: {
  readonly place: Place
  readonly session: SessionAnswer
}): JSX.Element {
  const details = useRef<HTMLDetailsElement>(null)
  useDismiss(details)
  const parameters = parametersOf(place, Date.now())
  return (
    <details class="menu" ref={details}>
      <summary class="button">
        <Icon name="download" />
        Export
      </summary>
      <div class="menu-panel at-end">
        <ul>
          <li>
            <a class="menu-item" href={addressOf('export', parameters)} download="alerts.jsonl">
              JSON lines
              <small>Every alert that matches, as received</small>
            </a>
          </li>
          {session.envelopes === true && (
            <li>
              <a
                class="menu-item"
                href={addressOf('export', { ...parameters, format: 'envelope' })}
                download="alerts.dsse.json"
              >
                Signed envelope
                <small>Up to 1,000 alerts with proofs</small>
              </a>
            </li>
          )}
        </ul>
      </div>
    </details>
  )
}
