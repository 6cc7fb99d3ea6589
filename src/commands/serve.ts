// `lanner serve`: receives alerts and audit events, keeps, routes and shows them, until it is told to stop.
// Handles words and signals; the server does the work. Loaded by `cli.ts`.
import { Command, Option } from 'clipanion'
import { usageError } from '../error.ts'
import { packageVersion } from '../native/version.ts'
import { logLinesTo } from '../terminal/log-lines.ts'
import type { LannerContext } from './context.ts'
import { parseChoice } from './flag-values.ts'
import { overriddenConfig } from './serve-overrides.ts'
import { untilStopped } from './server-signals.ts'

/** How long what waits is delivered after the first signal: milliseconds. */
const STOP_AFTER = 10_000

/** The command class of `serve`. */
export class ServeCommand extends Command<LannerContext> {
  static override paths = [['serve']]
  static override usage = Command.Usage({
    category: 'Server',
    description: 'receive alerts and audit events, route them, keep them, show them',
    details: `
      Listens where the configuration says: alerts as Falco posts them, audit events as kube-apiserver posts them, and the page. What was
      answered with 202 survives a crash: it is delivered to every output its routes name, and kept in the store, at least once.

      SIGTERM or SIGINT stops: nothing more is taken, what waits is delivered for a while, and the rest after the next start; a second
      signal stops at once. SIGHUP, or a change of the file, takes the configuration over, all of it or nothing.

      Logs to stderr. The exit code is 0 after a stop, 2 when the configuration is wrong, 3 when something can't be opened.
    `,
    examples: [
      ['With the configuration beside', '$0 serve'],
      [
        'A log of the API server as a further input',
        '$0 serve --config /etc/lanner.yaml --follow k8s_audit=/var/log/audit.log',
      ],
    ],
  })

  config = Option.String('--config', { description: 'Configuration (default lanner.yaml)' })
  store = Option.String('--store', {
    description: 'Folder of the store, or redis://HOST; in place of `store`',
  })
  queue = Option.String('--queue', {
    description: 'Folder of the queue, or nats://HOST; in place of `queue`',
  })
  worker = Option.String('--worker', {
    description: 'Name of this server among those that share a queue (default: of the host)',
  })
  follow = Option.Array('--follow', {
    description: 'File to follow besides, as FILE (alerts) or SOURCE=FILE; repeatable',
  })
  stopAfter = Option.String('--stop-after', {
    description: 'How long to deliver what waits after the first signal (default 10s)',
  })
  logFormat = Option.String('--log-format', { description: 'text (default) or json' })

  override async execute(): Promise<number> {
    const { stderr } = this.context
    const log = logLinesTo(stderr, parseChoice('--log-format', this.logFormat, ['text', 'json']))
    const patience = await this.patience()
    const { Server } = await import('../serve/server.ts')
    const config = overriddenConfig(this)
    const server = new Server({ version: packageVersion(), log, config })
    const stopped = untilStopped(server, patience)
    const addresses = await server.start()
    for (const [listener, address] of Object.entries(addresses))
      log('info', 'listening', { listener, address })
    log('info', 'serving', { pid: process.pid })
    const whole = await stopped
    log('info', whole ? 'stopped' : 'stopped; what was not delivered will be after the next start')
    return 0
  }

  private async patience(): Promise<number> {
    if (this.stopAfter === undefined) return STOP_AFTER
    const { milliseconds } = await import('../serve/outputs/quantity.ts')
    const span = milliseconds(this.stopAfter)
    if (span !== undefined) return span
    throw usageError(
      'ERR_USAGE_FLAG_VALUE',
      `\`--stop-after\` is \`${this.stopAfter}\`, expected a span such as 30s`,
    )
  }
}
