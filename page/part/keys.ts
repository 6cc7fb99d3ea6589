// Single keys, heard wherever nobody types. The list is what the help shows.
// Used by the shell and by lists.

/** Every key and what it does. */
export const KEYS: readonly { readonly key: string; readonly does: string }[] = [
  { key: '/', does: 'Search' },
  { key: 'j', does: 'Next alert' },
  { key: 'k', does: 'Alert before' },
  { key: 'Enter', does: 'Open the alert' },
  { key: 'Esc', does: 'Close what is open' },
  { key: '1', does: 'Overview' },
  { key: '2', does: 'Alerts' },
  { key: '3', does: 'Live' },
  { key: 'p', does: 'Pause and go on, in Live' },
  { key: '?', does: 'This help' },
]

/** Calls `act` whenever the key is pressed outside a field; gives what ends that. */
export function onKey(key: string, act: () => void): () => void {
  const hear = (event: KeyboardEvent): void => {
    if (event.key !== key || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
    if (document.querySelector('dialog[open]') !== null && key !== 'Escape') return
    event.preventDefault()
    act()
  }
  document.addEventListener('keydown', hear)
  return () => document.removeEventListener('keydown', hear)
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  )
}
