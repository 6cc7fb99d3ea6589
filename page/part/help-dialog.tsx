// The help: keys, and the query language in examples.
import type { JSX, RefObject } from 'preact'
import { Icon } from './icon.tsx'
import { KEYS } from './keys.ts'

const EXAMPLES: readonly { readonly query: string; readonly means: string }[] = [
  { query: 'shell "spawned by"', means: 'word and phrase, anywhere in an alert' },
  { query: 'nginx*', means: 'words that begin so' },
  { query: 'priority>=Warning', means: 'as urgent, or more' },
  { query: 'rule="Terminal shell in container",Other', means: 'one rule or the other' },
  { query: 'proc.name=bash k8s.ns.name=shop', means: 'values of output fields' },
  { query: 'hostname=node-1 tags=network', means: 'where, and what kind' },
]

/** Opened by the shell through its ref. */
export function HelpDialog({
  dialog,
}: {
  readonly dialog: RefObject<HTMLDialogElement | null>
}): JSX.Element {
  return (
    <dialog ref={dialog as RefObject<HTMLDialogElement>} class="help" aria-labelledby="help-title">
      <header>
        <h2 id="help-title">Help</h2>
        <form method="dialog">
          <button type="submit" class="icon-button" aria-label="Close help">
            <Icon name="close" />
          </button>
        </form>
      </header>
      <h3>Keys</h3>
      <dl class="keys">
        {KEYS.map(({ key, does }) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <h3>Searching</h3>
      <dl class="examples">
        {EXAMPLES.map(({ query, means }) => (
          <div key={query}>
            <dt>
              <code>{query}</code>
            </dt>
            <dd>{means}</dd>
          </div>
        ))}
      </dl>
      <p>
        All parts must hold. Drag over the chart to look at a stretch of time. The address is a link to what
        you see.
      </p>
    </dialog>
  )
}
