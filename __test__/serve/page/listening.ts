// The page's listener on a port of its own, over the store of these tests; what is posted is stored and tailed at once.
// Used by every test of the page and its HTTP interface.
import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'
import { fastify } from 'fastify'
import { Secret } from '../../../src/envelope/secret.ts'
import { Tail } from '../../../src/serve/api/tail.ts'
import { type PageParts, registerPage } from '../../../src/serve/page/register.ts'
import type { AlertStore } from '../../../src/serve/store/store.ts'
import { ArrayStore } from './array-store.ts'
import { NEWEST } from './made-alerts.ts'

/** A listener that is up. */
export interface Listening {
  /** `http://127.0.0.1:<port>`. */
  readonly origin: string
  readonly store: AlertStore
  readonly tail: Tail
}

/** Listens until the test ends. The clock stands still a minute after the newest alert. */
export async function listen(
  t: Pick<ExecutionContext, 'teardown'>,
  {
    count = 0,
    token,
    tokens,
    ...parts
  }: { count?: number; token?: string; tokens?: readonly Secret[] } & Partial<Omit<PageParts, 'token'>> = {},
): Promise<Listening> {
  const [store, tail] = [parts.store ?? new ArrayStore(count), parts.tail ?? new Tail()]
  const app = fastify({ forceCloseConnections: true })
  await registerPage(app, {
    store,
    tail,
    version: '0.0.0-test',
    now: () => Number(NEWEST / 1_000_000n) + 60_000,
    ...(token !== undefined && { token: new Secret(token) }),
    ...(tokens !== undefined && { token: tokens }),
    accept: async body => {
      const lines = Buffer.concat([withId(body), Buffer.from('\n')])
      await store.insert(lines)
      tail.publish(lines)
      return { accepted: 1, refused: [], refusedCount: 0 }
    },
    ...parts,
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  const { port } = app.server.address() as AddressInfo
  return { origin: `http://127.0.0.1:${port}`, store, tail }
}

let posted = 0

/** As an input would: an alert without a UUID gets one. */
function withId(body: Buffer): Buffer {
  if (body.includes('"uuid"')) return body
  posted += 1
  const id = `11111111-0000-4000-8000-${posted.toString(16).padStart(12, '0')}`
  return Buffer.from(`{"uuid":"${id}",${body.toString().slice(1)}`)
}
