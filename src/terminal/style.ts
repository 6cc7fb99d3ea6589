// Colour with assigned meanings: red error, yellow warning, green good, cyan names; nothing where colour is off.
// Knows no message. Used by every renderer in this folder.
import type { Writable } from 'node:stream'
import { styleText } from 'node:util'

/** What a colour says. */
export type Tone = 'bad' | 'caution' | 'good' | 'name' | 'faint' | 'strong'

/** Paints `text`, or returns it as it is when the stream shows no colour. */
export type Paint = (tone: Tone, text: string) => string

const FORMATS = {
  bad: ['red', 'bold'],
  caution: ['yellow', 'bold'],
  good: ['green'],
  name: ['cyan'],
  faint: ['dim'],
  strong: ['bold'],
} as const satisfies Record<Tone, readonly string[]>

/** Colour is on for a terminal unless `NO_COLOR` is set (no-color.org); `FORCE_COLOR` turns it on for a pipe. */
export function paintFor(stream: Writable, environment: NodeJS.ProcessEnv = process.env): Paint {
  const terminal = 'isTTY' in stream && stream.isTTY === true
  const forced = environment.FORCE_COLOR !== undefined && environment.FORCE_COLOR !== '0'
  const on = (terminal || forced) && !environment.NO_COLOR
  return on
    ? (tone, text) => styleText([...FORMATS[tone]], text, { validateStream: false })
    : (_, text) => text
}
