// Writes alerts to Redis: onto a list, into a stream that is kept short, under their UUIDs in a hash, or to a channel.
// A batch goes in one transaction, so that what is tried again is there once. Loaded by `registry.ts`.
import type { RedisClientOptions } from '@redis/client'
import * as z from 'zod'
import type { AcceptedAlert } from '../alert.ts'
import { commonOptions, IN_BULK, tlsOptions } from './common-options.ts'
import { KeptConnection } from './kept-connection.ts'
import type { Opening } from './opening.ts'
import type { Output } from './output.ts'
import { pathIn, textSource } from './secret-value.ts'
import { Template, templateText } from './template.ts'

/** Options of `type: redis`. */
export const redisSchema = z.strictObject({
  ...commonOptions('redis', IN_BULK),
  url: textSource.describe('`redis://host:port/database`, `rediss://…` for TLS, or `unix:/path`'),
  user: textSource.optional().describe('Who logs in'),
  password: textSource.optional().describe('With which password'),
  tls: tlsOptions.describe('How the connection is protected'),
  structure: z
    .enum(['list', 'stream', 'hash', 'channel'])
    .default('list')
    .describe('RPUSH, XADD, HSET by UUID, or PUBLISH, which is kept for nobody'),
  key: templateText.default('falco').describe('Key or channel'),
  most: z.int().min(1).default(1_000_000).describe('About so many entries are kept in a stream'),
})

type Config = z.output<typeof redisSchema>

/** Opens it; the connection is made by the first delivery. */
export async function openRedis(config: Config, opening: Opening): Promise<Output> {
  // A CommonJS module has nothing but its default once it is bundled.
  const { createClient } = (await import('@redis/client')).default
  const options = clientOptions(config, opening)
  const key = new Template(config.key)
  const connection = new KeptConnection({
    receiver: 'redis',
    open: async lost => {
      const client = createClient(options)
      // Without a listener a lost connection would end the process.
      client.on('error', lost)
      await client.connect()
      return client
    },
    close: (client, rough) => (rough || !client.isReady ? destroyed(client) : client.close()),
  })
  return {
    deliver: (alerts, signal) =>
      connection.use(signal, async client => {
        const transaction = client.multi()
        for (const alert of alerts)
          for (const words of commands(alert, key.render(alert), config)) transaction.addCommand(words)
        await transaction.exec()
      }),
    close: () => connection.close(),
  }
}

function destroyed(client: { isOpen: boolean; destroy(): void }): void {
  if (client.isOpen) client.destroy()
}

function commands({ id, line }: AcceptedAlert, key: string, { structure, most }: Config): string[][] {
  switch (structure) {
    case 'list':
      return [['RPUSH', key, line]]
    case 'stream':
      return [['XADD', key, 'MAXLEN', '~', String(most), '*', 'uuid', id, 'alert', line]]
    case 'hash':
      return [['HSET', key, id, line]]
    case 'channel':
      return [['PUBLISH', key, line]]
  }
}

function clientOptions({ url, user, password, tls }: Config, opening: Opening): RedisClientOptions {
  const login = {
    ...(user === undefined ? {} : { username: opening.text(user) }),
    ...(password === undefined ? {} : { password: opening.secret(password).reveal().toString('utf8') }),
  }
  // The pipeline tries again, and knows for how long.
  const common = { reconnectStrategy: false, keepAlive: true } as const
  const address = opening.url(url, ['redis:', 'rediss:', 'unix:'])
  const rest = { disableOfflineQueue: true, ...login }
  if (address.protocol === 'unix:') {
    const path = pathIn(opening.context.directory, decodeURIComponent(address.pathname))
    return { ...rest, socket: { ...common, path } }
  }
  if (address.protocol === 'redis:') return { ...rest, url: address.href, socket: common }
  return { ...rest, url: address.href, socket: { ...common, tls: true, ...opening.tls(tls) } }
}
