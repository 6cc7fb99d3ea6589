// Lines of a long-running command's log on a stream: text for people, or a JSON object each for collectors.
// Decides nothing about what is said. Used by `serve`.
import type { Writable } from 'node:stream'
import { writeAll } from './output.ts'

/** How lines look. */
export type LogFormat = 'text' | 'json'

type Facts = Readonly<Record<string, string | number | boolean | undefined>>

/** Writes to `stream`; `now` is milliseconds since 1970. */
export function logLinesTo(
  stream: Writable,
  format: LogFormat,
  now: () => number = Date.now,
): (level: string, text: string, facts?: Facts) => void {
  return (level, text, facts = {}) => {
    const time = new Date(now()).toISOString()
    const line =
      format === 'json' ? JSON.stringify({ time, level, text, ...facts }) : textLine(time, level, text, facts)
    void writeAll(stream, `${line}\n`)
  }
}

/** `2026-01-02T03:04:05.678Z warn  text key=value`. Texts from elsewhere can't begin a line of their own. */
function textLine(time: string, level: string, text: string, facts: Facts): string {
  const pairs = Object.entries(facts).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${wordOf(value)}`],
  )
  return [time, level.padEnd(5), oneLine(text), ...pairs].join(' ')
}

function wordOf(value: string | number | boolean): string {
  const word = String(value)
  return /^[^\s"=\\\p{C}]+$/u.test(word) ? word : JSON.stringify(word)
}

function oneLine(text: string): string {
  return text
    .split(/[\r\n]+/)
    .join(' | ')
    .replaceAll(/\p{Cc}/gu, '\uFFFD')
}
