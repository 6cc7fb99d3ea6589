// GET /api/v2/tail: the live tail as server-sent events, `alerts` with what matched and how many were left out.
// Slow readers are not waited for: the tail counts what they miss. Used by the page's live view.
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { LannerError } from '../../error.ts'
import { withAlerts } from './answer-text.ts'
import { alertTest } from './query-match.ts'
import { type Parameters, requestedQuery } from './request-query.ts'
import type { Tail, TailBatch, Watcher } from './tail.ts'

/** Watchers at once. */
const WATCHERS = 64
/** Milliseconds between signs of life, less than proxies wait. */
const HEARTBEAT = 15_000

/** Registers the route. `now` is nanoseconds since 1970. */
export function tailRoute(app: FastifyInstance, tail: Tail, now: () => bigint): void {
  const open = new Set<TailStream>()
  app.addHook('preClose', async () => {
    for (const stream of open) stream.push(null)
  })
  app.get('/api/v2/tail', (request: FastifyRequest, reply) => {
    if (open.size >= WATCHERS) {
      throw new LannerError('ERR_API_BUSY', `${WATCHERS} live tails are open already`)
    }
    const test = alertTest(requestedQuery(request.query as Parameters, now()))
    const stream = new TailStream(tail, receive => tail.watch(test, receive))
    open.add(stream)
    stream.once('close', () => open.delete(stream))
    return reply
      .header('content-type', 'text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no')
      .send(stream)
  })
}

/** One watcher's bytes. */
class TailStream extends Readable {
  readonly #tail: Tail
  readonly #watcher: Watcher
  readonly #heartbeat: NodeJS.Timeout

  constructor(tail: Tail, watch: (receive: (batch: TailBatch) => boolean) => Watcher) {
    super({ highWaterMark: 256 * 1024 })
    this.#tail = tail
    this.push('retry: 2000\n\n')
    this.#watcher = watch(batch => this.push(message(batch)))
    this.#heartbeat = setInterval(() => this.push(': \n\n'), HEARTBEAT).unref()
  }

  override _read(): void {
    this.#watcher.resume()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearInterval(this.#heartbeat)
    this.#tail.unwatch(this.#watcher)
    done(error)
  }
}

function message({ lines, skipped }: TailBatch): string {
  return `event: alerts\ndata: ${withAlerts('alerts', lines, { skipped })}\n\n`
}
