// Logging in and out: GET, POST and DELETE /api/v2/session. The token comes in a body, never in an address.
// Slows down guessing by address. Used by the page's login.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import * as z from 'zod/mini'
import { LannerError } from '../../error.ts'
import type { SessionAnswer } from './answers.ts'
import { Sessions } from './session.ts'

const login = z.object({ token: z.string().check(z.maxLength(4096)) })

/** Wrong tokens per address and minute. */
const TRIES = 10
const MINUTE = 60_000
/** Addresses remembered. */
const ADDRESSES = 1000

/** Registers the routes. `about` is told to those who are in. */
export function sessionRoutes(
  app: FastifyInstance,
  sessions: Sessions,
  about: Pick<SessionAnswer, 'version' | 'title' | 'envelopes'>,
  now: () => number,
): void {
  const tries = new Tries(now)
  app.get('/api/v2/session', async (request: FastifyRequest): Promise<SessionAnswer> => {
    const visitor = sessions.visitor(request)
    return visitor === undefined ? { open: false, by: 'token' } : { open: true, ...visitor, ...about }
  })
  app.post('/api/v2/session', async (request: FastifyRequest, reply) => {
    const address = request.ip
    tries.check(address)
    const { data } = login.safeParse(jsonIn(request.body))
    if (data === undefined) throw new LannerError('ERR_API_BODY', 'the body is not {"token": "…"}')
    if (!sessions.open && !sessions.isToken(data.token)) {
      tries.failed(address)
      throw new LannerError('ERR_API_LOGIN', 'this is not the token')
    }
    return reply
      .header('set-cookie', sessions.cookie(data.token, request.protocol === 'https'))
      .code(204)
      .send()
  })
  app.delete('/api/v2/session', async (request: FastifyRequest, reply) => {
    return reply
      .header('set-cookie', Sessions.ended(request.protocol === 'https'))
      .code(204)
      .send()
  })
}

function jsonIn(body: unknown): unknown {
  try {
    return Buffer.isBuffer(body) ? JSON.parse(body.toString()) : undefined
  } catch {
    return undefined
  }
}

/** Counts wrong tokens. */
class Tries {
  readonly #failed = new Map<string, { count: number; until: number }>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  check(address: string): void {
    const known = this.#failed.get(address)
    if (known === undefined || known.until <= this.#now() || known.count < TRIES) return
    throw new LannerError('ERR_API_LOGIN_RATE', 'too many wrong tokens', { hint: 'try again in a minute' })
  }

  failed(address: string): void {
    const known = this.#failed.get(address)
    const count = known === undefined || known.until <= this.#now() ? 0 : known.count
    this.#failed.delete(address)
    this.#failed.set(address, { count: count + 1, until: this.#now() + MINUTE })
    const [oldest] = this.#failed.keys()
    if (this.#failed.size > ADDRESSES && oldest !== undefined) this.#failed.delete(oldest)
  }
}
