// What a sender is told: the status and the JSON of every answer to a post, good or bad.
// Decides nothing about the alerts. Used by the listeners.
import { LannerError } from '../../error.ts'
import { toLannerError } from '../../native/failure.ts'
import type { Receipt, Refusal } from '../queue/queue.ts'

/** An answer before it is written. */
export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
}

/** Status and seconds after which to try again, by code. What isn't here is a fault of ours: 500. */
const STATUS: Readonly<Record<string, { readonly status: number; readonly after?: number }>> = {
  ERR_POST_ABORTED: { status: 400 },
  ERR_POST_EMPTY: { status: 400 },
  ERR_POST_TOKEN: { status: 401 },
  ERR_POST_BROWSER: { status: 403 },
  ERR_POST_METHOD: { status: 405 },
  ERR_POST_LENGTH: { status: 413 },
  ERR_POST_ENCODING: { status: 415 },
  ERR_POST_RATE: { status: 429 },
  ERR_POST_CONNECTIONS: { status: 503, after: 1 },
  ERR_POST_RULES: { status: 503 },
  ERR_POST_STOPPING: { status: 503, after: 5 },
  ERR_QUEUE_FULL: { status: 503, after: 5 },
  ERR_QUEUE_WRITE: { status: 503, after: 10 },
  ERR_QUEUE_CLOSED: { status: 503, after: 5 },
}

/**
 * 202 when all was accepted, 400 when nothing was. Otherwise `partly`, naming what was not accepted: what was good is kept, and must not be
 * sent again.
 */
export function receiptAnswer({ accepted, refused, refusedCount }: Receipt, partly: 202 | 400 = 400): Answer {
  if (refusedCount === 0 && accepted > 0) return { status: 202, body: { accepted } }
  if (refusedCount === 0) {
    const empty: Refusal = { line: 1, code: 'ERR_POST_EMPTY', reason: 'there is nothing in the body' }
    return { status: 400, body: { accepted, refused: [empty] } }
  }
  const more = refusedCount > refused.length ? { refusedCount } : {}
  return { status: accepted > 0 ? partly : 400, body: { accepted, refused, ...more } }
}

/** The answer to a request of which nothing was kept. */
export function faultAnswer(thrown: unknown): Answer {
  const { code, message, hint, facts } = toLannerError(thrown)
  const { status, after } = STATUS[code] ?? { status: 500 }
  const wait = typeof facts.after === 'number' ? facts.after : after
  return {
    status,
    body: { accepted: 0, error: { code, message, ...(hint === undefined ? {} : { hint }) } },
    headers: {
      ...(wait === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(wait))) }),
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      ...(status === 405 ? { allow: 'POST' } : {}),
    },
  }
}

/** Whether nothing is wrong with the request itself, so that it may be sent again. */
export function isOurFault(thrown: unknown): boolean {
  return faultAnswer(thrown).status >= 500
}

/** A refusal of a whole request. `after` is seconds. */
export function postFault(code: string, message: string, hint?: string, after?: number): LannerError {
  return new LannerError(code, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(after === undefined ? {} : { facts: { after } }),
  })
}
