// Progress of a run for a person: notes, warnings and facts on stderr, filtered by the log level.
// Never writes to stdout. Used by commands and handed to attestors as a narrow interface.
import type { Writable } from 'node:stream'
import { usageError } from '../error.ts'
import { writeAll } from './output.ts'
import { type Paint, paintFor } from './style.ts'

const LEVELS = ['debug', 'info', 'warn', 'error'] as const

/** How much is said: each level includes those after it. */
export type Level = (typeof LEVELS)[number]

/** Says things to the person who waits. */
export interface Messages {
  readonly paint: Paint
  debug(text: string): void
  info(text: string): void
  warn(text: string): void
  /** Whether notes of this level are shown. */
  shows(level: Level): boolean
}

/** Reads `-l/--log-level`; accepts the usual words `warning` and `trace` too. */
export function parseLevel(text: string): Level {
  const word = { warning: 'warn', trace: 'debug', fatal: 'error', panic: 'error' }[text] ?? text
  const level = LEVELS.find(known => known === word)
  if (level === undefined) {
    throw usageError('ERR_USAGE_LOG_LEVEL', `log level \`${text}\` is not one of ${LEVELS.join(', ')}`)
  }
  return level
}

/** Messages on `stream` from `level` upward. */
export function messagesTo(stream: Writable, level: Level): Messages {
  const paint = paintFor(stream)
  const threshold = LEVELS.indexOf(level)
  const say = (at: Level, text: string): void => {
    if (LEVELS.indexOf(at) >= threshold) void writeAll(stream, `${text}\n`)
  }
  return {
    paint,
    debug: text => say('debug', paint('faint', text)),
    info: text => say('info', text),
    warn: text => say('warn', `${paint('caution', 'warning')}: ${text}`),
    shows: at => LEVELS.indexOf(at) >= threshold,
  }
}
