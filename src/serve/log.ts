// What the server says while it runs, as values: a moment, a level, a text, facts.
// An interface only; `terminal/log-lines.ts` writes it. Used by every part that has something to tell.

/** Facts of a line of the log; `undefined` is left out. */
export type LogFacts = Readonly<Record<string, string | number | boolean | undefined>>

/** How bad it is. */
export type LogLevel = 'info' | 'warn' | 'error'

/** Says one thing. Never waits and never throws. */
export type Log = (level: LogLevel, text: string, facts?: LogFacts) => void
