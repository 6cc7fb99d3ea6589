// Copies a text and says so, in the button and to screen readers.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { announce } from './announcer.tsx'
import { Icon, type IconName } from './icon.tsx'

/** What is copied, and what the button is called. */
export interface CopyParts {
  readonly label: string
  readonly text: () => string
  readonly icon?: IconName
  /** Shows the drawing only; the label is read out and shown on hovering. */
  readonly small?: boolean
}

/** See the file. */
export function CopyButton({ label, text, icon = 'copy', small = false }: CopyParts): JSX.Element {
  const [done, setDone] = useState(false)
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text())
      announce('Copied')
      setDone(true)
      setTimeout(() => setDone(false), 1500)
    } catch {
      announce('The browser does not allow copying here')
    }
  }
  return (
    <button
      type="button"
      class={small ? 'icon-button copy' : 'button'}
      aria-label={small ? label : undefined}
      title={small ? label : undefined}
      onClick={copy}
    >
      <Icon name={icon} />
      {!small && (done ? 'Copied' : label)}
    </button>
  )
}
