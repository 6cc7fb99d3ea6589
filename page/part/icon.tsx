// The few drawings of the page, as paths on a 16 by 16 grid; a word always stands beside or behind them.
import type { JSX } from 'preact'

const PATHS = {
  search: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9m3.3 7.8 3.2 3.2',
  close: 'm4 4 8 8m0-8-8 8',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  link: 'M6.5 9.5 9.5 6.5M7 4.5l1.8-1.8a2.8 2.8 0 0 1 4 4L11 8.5m-6-1-1.8 1.8a2.8 2.8 0 0 0 4 4L9 11.5',
  plus: 'M8 3.5v9m-4.5-4.5h9',
  minus: 'M3.5 8h9',
  pause: 'M5.5 3.5v9m5-9v9',
  play: 'm5 3.5 7.5 4.5L5 12.5z',
  refresh: 'M13 8a5 5 0 1 1-1.5-3.6M13 2.5v3h-3',
  download: 'M8 2.5v7.5m-3-3 3 3 3-3M3 13h10',
  theme: 'M8 2.5a5.5 5.5 0 1 0 0 11zm0 0a5.5 5.5 0 0 1 0 11',
  help: 'M6 6a2 2 0 1 1 2.8 1.8c-.6.3-.8.7-.8 1.4m0 2.3v.3',
  falcon: 'M2 10.5 8 3l6 7.5-6-2.6z',
} as const

/** A drawing's name. */
export type IconName = keyof typeof PATHS

/** One drawing, silent for screen readers. */
export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}
