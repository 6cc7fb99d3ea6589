// What stands where data would: nothing there, still on its way, or refused; each says what can be done.
import type { ComponentChildren, JSX } from 'preact'
import type { Refused } from '../ask/ask.ts'
import { closed, type Place } from '../place/place.ts'
import { go } from '../place/use-place.ts'

/** A refusal in words. */
export function Refusal({ refused }: { readonly refused: Refused }): JSX.Element {
  return (
    <div class="state" role="alert">
      <strong>{sentence(refused.message)}</strong>
      {refused.hint !== undefined && <p>{sentence(refused.hint)}</p>}
      <code>{refused.code}</code>
    </div>
  )
}

/** Nothing matches, or nothing is there yet. */
export function Nothing({ place }: { readonly place: Place }): JSX.Element {
  const narrowed = place.query !== '' || place.span.kind !== 'all'
  if (!narrowed) {
    return (
      <div class="state">
        <strong>No alert yet</strong>
        <p>
          Point Falco's `http_output` or a falcosidekick at this server. What arrives shows up here by itself.
        </p>
      </div>
    )
  }
  return (
    <div class="state">
      <strong>Nothing matches</strong>
      <p class="state-actions">
        {place.query !== '' && (
          <button type="button" class="button" onClick={() => go(closed({ ...place, query: '' }))}>
            Clear the search
          </button>
        )}
        {place.span.kind !== 'all' && (
          <button
            type="button"
            class="button"
            onClick={() => go(closed({ ...place, span: { kind: 'all' } }))}
          >
            Look at all time
          </button>
        )}
      </p>
    </div>
  )
}

/** The first answer is on its way. */
export function Waiting({ children = 'Loading…' }: { readonly children?: ComponentChildren }): JSX.Element {
  return (
    <div class="state waiting" role="status">
      {children}
    </div>
  )
}

/** `the disk is full` as a sentence's beginning. */
export function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
