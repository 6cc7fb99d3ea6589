// `lanner serve route`: which routes and outputs alerts would take, and why not the others.
// Delivers nothing. Loaded by `cli.ts`.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Command, Option } from 'clipanion'
import { LannerError } from '../error.ts'
import { openNative } from '../native/native.ts'
import { readConfig } from '../serve/config/read-config.ts'
import { DryRun, type TriedAlert } from '../serve/routing/dry-run.ts'
import { messagesTo } from '../terminal/messages.ts'
import { writeAll } from '../terminal/output.ts'
import { renderTried } from '../terminal/serve-route.ts'
import { paintFor } from '../terminal/style.ts'
import type { LannerContext } from './context.ts'
import { parseChoice, parseSwitch } from './flag-values.ts'
import { USUAL_CONFIG } from './serve-check.ts'

/** The command class of `serve route`. */
export class ServeRouteCommand extends Command<LannerContext> {
  static override paths = [['serve', 'route']]
  static override usage = Command.Usage({
    category: 'Server',
    description: 'say which outputs alerts would go to, and why',
    details: `
      ALERTS is a file with one alert a line, or \`-\` for stdin. For each alert it names the outputs with the routes that lead there, and for
      each route the part of its condition that decided, with the values seen. Nothing is delivered, and nothing is folded. Lines that
      are no alerts are told on stderr; with one of them the exit code is 1.
    `,
    examples: [
      ['What would have happened', '$0 serve route --config lanner.yaml falco-events.jsonl'],
      ['For a program', '$0 serve route --format json falco-events.jsonl | jq .outputs'],
    ],
  })

  config = Option.String('--config', USUAL_CONFIG, {
    description: `The configuration (default: ./${USUAL_CONFIG})`,
  })
  all = Option.String('--all', {
    tolerateBoolean: true,
    description: 'Every part of conditions, also those without effect',
  })
  format = Option.String('--format', { description: 'text (default) or json, an object a line' })
  alerts = Option.String({ name: 'alerts', required: true })

  override async execute(): Promise<number> {
    const json = parseChoice('--format', this.format, ['text', 'json']) === 'json'
    const all = parseSwitch('--all', this.all)
    const run = new DryRun(await openNative(), await readConfig(this.config))
    const { stdout, stderr } = this.context
    const messages = messagesTo(stderr, 'info')
    const paint = paintFor(stdout)
    let code = 0
    for await (const [number, line] of this.lines()) {
      const tried = run.try(line)
      if (tried === undefined) {
        messages.warn(`line ${number} is no alert`)
        code = 1
      } else
        await writeAll(
          stdout,
          json ? objectText(number, tried) : renderTried(nameOf(number, line), tried, all, paint),
        )
    }
    return code
  }

  /** Lines that are not blank, with their numbers. */
  private async *lines(): AsyncGenerator<readonly [number, string]> {
    const input = this.alerts === '-' ? this.context.stdin : createReadStream(this.alerts)
    const failed = new Promise<never>((_, reject) => {
      input.once('error', (cause: Error) => {
        const message = `\`${this.alerts}\` can't be read: ${cause.message}`
        reject(new LannerError('ERR_INPUT_READ', message, { exit: 2, facts: { file: this.alerts }, cause }))
      })
    })
    // Nobody waits for it once the lines have ended.
    failed.catch(() => undefined)
    const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]()
    for (let number = 1; ; number += 1) {
      const { done, value } = await Promise.race([lines.next(), failed])
      if (done === true) return
      if (value.trim() !== '') yield [number, value]
    }
  }
}

function objectText(line: number, tried: TriedAlert): string {
  return `${JSON.stringify({ line, ...tried })}\n`
}

function nameOf(number: number, line: string): string {
  const { rule } = JSON.parse(line) as { readonly rule?: unknown }
  return `${number}. ${typeof rule === 'string' ? rule : ''}`
}
