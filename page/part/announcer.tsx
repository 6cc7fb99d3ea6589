// Says to screen readers what changed without taking the focus: one polite region for the whole page.
import type { JSX } from 'preact'

const REGION = 'announcer'

/** Says it. The same words twice are said twice. */
export function announce(words: string): void {
  const region = document.getElementById(REGION)
  // A no-break space tells the two apart.
  if (region !== null) region.textContent = region.textContent === words ? `${words}\u00a0` : words
}

/** The region. */
export function Announcer(): JSX.Element {
  return <div id={REGION} class="unseen" role="status" aria-live="polite" />
}
