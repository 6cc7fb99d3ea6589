// Publishes alerts to NATS: to subjects, confirmed by a flush, or to JetStream, which confirms each and leaves out repeats by their id.
// Makes no streams. Loaded by `registry.ts`.

import type { NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node'
import * as z from 'zod'
import { messageOf } from '../../error.ts'
import type { AcceptedAlert } from '../alert.ts'
import { commonOptions, IN_BULK, tlsOptions } from './common-options.ts'
import { KeptConnection } from './kept-connection.ts'
import type { Opening } from './opening.ts'
import { DeliveryFault, type Output } from './output.ts'
import { throwRefused } from './portions.ts'
import { textSource } from './secret-value.ts'
import { Template, templateText } from './template.ts'

/** Options of `type: nats`. */
export const natsSchema = z
  .strictObject({
    ...commonOptions('nats', IN_BULK),
    servers: z
      .union([textSource, z.array(textSource).min(1)])
      .describe('`nats://host:port` or `tls://host:port`, one or several'),
    subject: templateText.default('falco.{priority:lower}.{rule:slug}').describe('Subject of an alert'),
    jetstream: z
      .boolean()
      .default(false)
      .describe('Wait until a stream has each alert; it must take the subject'),
    user: textSource.optional().describe('Who logs in'),
    password: textSource.optional().describe('With which password'),
    token: textSource.optional().describe('Token, instead of a user'),
    credentials: textSource.optional().describe('Content of a `.creds` file, usually {file: PATH}'),
    tls: tlsOptions.describe('How the connection is protected'),
  })
  .refine(
    ({ user, password }) => (user === undefined) === (password === undefined),
    '`user` and `password` go together',
  )

type Config = z.output<typeof natsSchema>

interface Message {
  readonly index: number
  readonly subject: string
  readonly id: string
  readonly payload: Buffer
}

/** Opens it; the connection is made by the first delivery. */
export async function openNats(config: Config, opening: Opening): Promise<Output> {
  // A CommonJS module has nothing but its default once it is bundled.
  const nats = (await import('@nats-io/transport-node')).default
  const options = await connectionOptions(config, opening)
  const subject = new Template(config.subject)
  const connection = new KeptConnection({
    receiver: 'nats',
    open: async lost => {
      const opened = await nats.connect(options)
      void opened.closed().then(lost)
      return opened
    },
    close: async (opened, rough) => {
      await (rough ? opened.close() : opened.drain()).catch(() => undefined)
    },
  })
  const message = (alert: AcceptedAlert, index: number): Message => ({
    index,
    subject: subjectText(subject.render(alert)),
    id: alert.id,
    payload: alert.bytes,
  })
  return {
    deliver: (alerts, signal) =>
      connection.use(signal, async opened => {
        const most = opened.info?.max_payload ?? Number.POSITIVE_INFINITY
        const messages = alerts.map(message)
        const fitting = messages.filter(({ payload }) => payload.length <= most)
        if (config.jetstream) await toStream(opened, fitting, config.timeout)
        else await toSubjects(opened, fitting)
        const large = messages.filter(({ payload }) => payload.length > most)
        const reason = `nats takes no message above ${most} bytes`
        throwRefused(new Map(large.map(({ index }) => [index, reason])))
      }),
    close: () => connection.close(),
  }
}

async function toSubjects(connection: NatsConnection, messages: readonly Message[]): Promise<void> {
  const { headers } = (await import('@nats-io/transport-node')).default
  for (const { subject, payload, id } of messages) {
    const named = headers()
    named.set('Nats-Msg-Id', id)
    connection.publish(subject, payload, { headers: named })
  }
  // Comes back once the server has read all that was sent before.
  await connection.flush()
}

async function toStream(
  connection: NatsConnection,
  messages: readonly Message[],
  timeout: number,
): Promise<void> {
  const { jetstream } = (await import('@nats-io/jetstream')).default
  const stream = jetstream(connection)
  // Sent in order on one connection; the confirmations are waited for together.
  const confirmations = messages.map(({ subject, payload, id }) =>
    stream.publish(subject, payload, { msgID: id, timeout }),
  )
  const results = await Promise.allSettled(confirmations)
  const failed = results.findIndex(({ status }) => status === 'rejected')
  if (failed === -1) return
  const { reason } = results[failed] as PromiseRejectedResult
  const text = messageOf(reason)
  // What was confirmed behind the first failure is left out by its id when it comes again.
  throw new DeliveryFault(`jetstream: ${text || 'no confirmation'}`, {
    retry: true,
    done: messages[failed]?.index ?? 0,
    cause: reason,
  })
}

/** A subject can hold neither spaces nor wildcards, and no empty token. */
function subjectText(text: string): string {
  return text
    .replace(/[\s*>\p{Cc}]+/gu, '_')
    .replace(/\.{2,}/g, '.')
    .replace(/^\.|\.$/g, '')
}

async function connectionOptions(config: Config, opening: Opening): Promise<NodeConnectionOptions> {
  const { credsAuthenticator } = (await import('@nats-io/transport-node')).default
  const { user, password, token, credentials, tls } = config
  const sources = Array.isArray(config.servers) ? config.servers : [config.servers]
  const servers = sources.map(source => opening.url(source, ['nats:', 'tls:']))
  const { ca, cert, key, rejectUnauthorized } = opening.tls(tls)
  // Handed on to `node:tls` as it is, though its type does not name all of it.
  const pem = {
    ...(rejectUnauthorized ? {} : { rejectUnauthorized }),
    ...(ca === undefined ? {} : { ca: String(ca) }),
    ...(cert === undefined ? {} : { cert: String(cert) }),
    ...(key === undefined ? {} : { key: String(key) }),
  }
  return {
    servers: servers.map(({ protocol, host }) => `${protocol}//${host}`),
    name: 'lanner',
    timeout: config.timeout,
    // The pipeline tries again, and knows for how long.
    reconnect: false,
    ...(Object.keys(pem).length > 0 || servers.some(({ protocol }) => protocol === 'tls:')
      ? { tls: pem }
      : {}),
    ...(user === undefined ? {} : { user: opening.text(user) }),
    ...(password === undefined ? {} : { pass: revealed(password, opening) }),
    ...(token === undefined ? {} : { token: revealed(token, opening) }),
    ...(credentials === undefined
      ? {}
      : { authenticator: credsAuthenticator(opening.secret(credentials).reveal()) }),
  }
}

function revealed(source: Exclude<Config['token'], undefined>, opening: Opening): string {
  return opening.secret(source).reveal().toString('utf8')
}
