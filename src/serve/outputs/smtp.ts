// Sends alerts by mail: what a batch gathered is one mail, in plain text and in HTML.
// What alerts say can't become a header or markup. Loaded by `registry.ts`.
import { randomUUID } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import * as z from 'zod'
import type { AcceptedAlert } from '../alert.ts'
import { commonOptions, tlsOptions } from './common-options.ts'
import { wayFault } from './http-client.ts'
import { untilAborted } from './kept-connection.ts'
import { mailHtml, mailSubject, mailText } from './mail-text.ts'
import type { Opening, ReadTls } from './opening.ts'
import { DeliveryFault, type Output } from './output.ts'
import { textSource } from './secret-value.ts'
import { Template, templateText } from './template.ts'

const address = z
  .string()
  .regex(/^[^\r\n]*[^\s@]+@[^\s@]+$|^[^\r\n]*<[^\s@]+@[^\s@]+>$/, 'expected a mail address')

/** Options of `type: smtp`. */
export const smtpSchema = z
  .strictObject({
    ...commonOptions('smtp', { alerts: 100, bytes: '2MB', wait: '30s' }),
    host: z.string().min(1).describe('Name or address of the server'),
    port: z.int().min(1).max(65_535).optional().describe('465 with `secure: tls`, 587 otherwise, if absent'),
    secure: z
      .enum(['starttls', 'tls', 'none'])
      .default('starttls')
      .describe('Insist on STARTTLS, speak TLS from the beginning, or neither'),
    user: textSource.optional().describe('Who logs in'),
    password: textSource.optional().describe('With which password'),
    tls: tlsOptions.describe('How the connection is protected'),
    from: address.describe('Sender'),
    to: z.array(address).min(1).describe('Recipients'),
    subject: templateText
      .default('{priority}: {rule} on {hostname|unknown host}')
      .describe('Subject; of the most urgent alert'),
    template: templateText.optional().describe('Text of an alert instead of its output'),
  })
  .refine(
    ({ user, password }) => (user === undefined) === (password === undefined),
    '`user` and `password` go together',
  )

type Config = z.output<typeof smtpSchema>

/** Opens it; each mail has a connection of its own. */
export async function openSmtp(config: Config, opening: Opening): Promise<Output> {
  const { createTransport } = await import('nodemailer')
  const { host, secure, user, password } = config
  const port = config.port ?? (secure === 'tls' ? 465 : 587)
  const tls = opening.tls(config.tls)
  const login = user === undefined || password === undefined ? undefined : { user, password }
  const auth = login && {
    user: opening.text(login.user),
    pass: opening.secret(login.password).reveal().toString('utf8'),
  }
  const subject = new Template(config.subject)
  const template = config.template === undefined ? undefined : new Template(config.template)
  return {
    deliver: async (alerts, signal) => {
      signal.throwIfAborted()
      let socket: Socket | undefined
      const transport = createTransport({
        host,
        port,
        ...securityOf(secure, tls),
        ...(auth === undefined ? {} : { auth }),
        disableFileAccess: true,
        disableUrlAccess: true,
        // Our own socket, so that it can be cut when the time is up.
        getSocket: (
          _options: unknown,
          given: (fault: Error | null, socket?: { connection: Socket }) => void,
        ) => {
          socket = connected(host, port, given)
        },
      })
      const mail = {
        from: config.from,
        to: config.to,
        subject: mailSubject(alerts, subject),
        text: mailText(alerts, template),
        html: mailHtml(alerts, template),
        messageId: `<${alerts[0]?.id ?? randomUUID()}.${alerts.length}@lanner.invalid>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
      }
      try {
        const { rejected } = await untilAborted(transport.sendMail(mail), signal)
        if (rejected.length > 0)
          throw refusal(`refused ${rejected.length} of ${config.to.length} recipients`, alerts)
      } catch (cause) {
        throw faultOf(`${host}:${port}`, signal, cause, alerts)
      } finally {
        socket?.destroy()
        transport.close()
      }
    },
    close: async () => undefined,
  }
}

function securityOf(secure: Config['secure'], tls: ReadTls): object {
  if (secure === 'none') return { secure: false, ignoreTLS: true }
  return { secure: secure === 'tls', requireTLS: secure === 'starttls', tls }
}

function connected(
  host: string,
  port: number,
  given: (fault: Error | null, socket?: { connection: Socket }) => void,
): Socket {
  const socket = connect({ host, port })
  const failed = (cause: Error) => given(cause)
  socket.once('error', failed)
  socket.once('connect', () => {
    socket.off('error', failed)
    given(null, { connection: socket })
  })
  return socket
}

function refusal(reason: string, alerts: readonly AcceptedAlert[]): DeliveryFault {
  return new DeliveryFault(reason, {
    retry: false,
    refused: new Map(alerts.map((_, index) => [index, reason])),
  })
}

/** RFC 5321 §4.2.1: 5xx is for good, but for a login that may be put right. */
function faultOf(
  receiver: string,
  signal: AbortSignal,
  cause: unknown,
  alerts: readonly AcceptedAlert[],
): DeliveryFault {
  if (cause instanceof DeliveryFault) return cause
  const { responseCode, code } = cause as { responseCode?: unknown; code?: unknown }
  if (typeof responseCode === 'number' && responseCode >= 500 && code !== 'EAUTH' && !signal.aborted) {
    return refusal(`${receiver}: ${(cause as Error).message}`, alerts)
  }
  return wayFault(receiver, signal, cause)
}
