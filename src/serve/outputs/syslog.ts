// Sends alerts to a syslog server (RFC 5424): over TCP and TLS with counted octets (RFC 6587, 5425), or as UDP datagrams.
// Syslog confirms nothing: what was on its way when a connection broke may be lost or come twice. Loaded by `registry.ts`.
import * as z from 'zod'
import type { AcceptedAlert } from '../alert.ts'
import { cefText } from './cef.ts'
import { commonOptions, IN_BULK, tlsOptions } from './common-options.ts'
import type { Opening } from './opening.ts'
import type { Output } from './output.ts'
import { syslogMessage } from './syslog-message.ts'
import { openDatagrams, openStream } from './syslog-transport.ts'
import { Template, templateText } from './template.ts'

const FACILITIES = {
  kern: 0,
  user: 1,
  daemon: 3,
  auth: 4,
  syslog: 5,
  authpriv: 10,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as const

/** Options of `type: syslog`. */
export const syslogSchema = z.strictObject({
  ...commonOptions('syslog', IN_BULK),
  host: z.string().min(1).describe('Name or address of the server'),
  port: z.int().min(1).max(65_535).optional().describe('514, or 6514 with TLS, if absent'),
  protocol: z.enum(['tcp', 'tls', 'udp']).default('tcp').describe('How messages travel'),
  framing: z
    .enum(['counted', 'lines'])
    .default('counted')
    .describe('How messages are told apart on TCP and TLS: by their length in front, or by line ends'),
  format: z
    .enum(['json', 'cef', 'text'])
    .default('json')
    .describe('The alert as JSON, as CEF, or `template`'),
  template: templateText.default('{output}').describe('The message of `format: text`'),
  facility: z
    .enum(Object.keys(FACILITIES) as (keyof typeof FACILITIES)[])
    .default('local0')
    .describe('Facility of the messages'),
  app: z
    .string()
    .regex(/^[\x21-\x7e]{1,48}$/, 'expected up to 48 printable ASCII characters')
    .default('falco')
    .describe('APP-NAME of the messages'),
  tls: tlsOptions.describe('How the connection is protected'),
})

/** Options once read. */
export type SyslogConfig = z.output<typeof syslogSchema>

/** Opens it; a connection is made by the first delivery. */
export async function openSyslog(config: SyslogConfig, opening: Opening): Promise<Output> {
  const template = new Template(config.template)
  const facility = FACILITIES[config.facility]
  const { context } = opening
  const text = (alert: AcceptedAlert): string => {
    if (config.format === 'json') return alert.line
    return config.format === 'cef' ? cefText(alert, context.now()) : template.render(alert)
  }
  const encode = (alert: AcceptedAlert): Buffer =>
    Buffer.from(
      syslogMessage(alert, text(alert), {
        facility,
        app: config.app,
        machine: context.machine,
        now: context.now(),
      }),
    )
  return config.protocol === 'udp' ? openDatagrams(config, encode) : openStream(config, encode, opening)
}
