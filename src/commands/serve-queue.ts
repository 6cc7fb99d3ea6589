// `lanner serve queue list|retry|drop`: the alerts that outputs gave up, while the server runs or not.
// Asks for another try; the server makes it. Loaded by `cli.ts`.
import { Command, Option } from 'clipanion'
import { usageError } from '../error.ts'
import { openLetters } from '../serve/engines.ts'
import type { DeadLetter, DeadLetters, LetterChoice } from '../serve/queue/dead-letters.ts'
import { writeAll } from '../terminal/output.ts'
import { paintFor } from '../terminal/style.ts'
import type { LannerContext } from './context.ts'
import { parseChoice, parseCount } from './flag-values.ts'
import { overriddenConfig } from './serve-overrides.ts'

const PAGE = 500

/** What the three commands share. */
abstract class LettersCommand extends Command<LannerContext> {
  config: string | undefined = Option.String('--config', {
    description: 'Configuration (default lanner.yaml)',
  })
  store: string | undefined = Option.String('--store', { description: 'Folder of the store, as for `serve`' })
  queue: string | undefined = Option.String('--queue', { description: 'Folder of the queue, as for `serve`' })
  output: string | undefined = Option.String('--output', { description: 'Only those of this output' })

  /** Opens the letters for as long as `use` takes. */
  protected async withLetters<Result>(use: (letters: DeadLetters) => Promise<Result>): Promise<Result> {
    const letters = await openLetters(await overriddenConfig(this)())
    try {
      return await use(letters)
    } finally {
      await letters.close()
    }
  }
}

/** The command class of `serve queue list`. */
export class ServeQueueListCommand extends LettersCommand {
  static override paths = [['serve', 'queue', 'list']]
  static override usage = Command.Usage({
    category: 'Server',
    description: 'list the alerts that outputs gave up, with the reason',
    details: `
      An alert is given up when its receiver refused it for good, or when all attempts of the output's \`retry\` were in vain. The number in
      front names it for \`retry\` and \`drop\`. With --format json a line each, the alert as it was received in it.
    `,
    examples: [['What one output gave up', '$0 serve queue list --output slack']],
  })

  limit = Option.String('--limit', { description: 'How many at most, the oldest first (default 100)' })
  format = Option.String('--format', { description: 'text (default) or json' })

  override async execute(): Promise<number> {
    const json = parseChoice('--format', this.format, ['text', 'json']) === 'json'
    const most = parseCount('--limit', this.limit, 100)
    const { stdout, stderr } = this.context
    const [letters, all] = await this.withLetters(async open => [
      await listed(open, this.output, most),
      [...(await open.counts())].filter(([output]) => this.output === undefined || output === this.output),
    ])
    for (const letter of letters) await writeAll(stdout, json ? jsonLine(letter) : textLine(letter))
    const total = all.reduce((sum, [, count]) => sum + count, 0)
    const paint = paintFor(stderr)
    await writeAll(stderr, `${paint('faint', `${letters.length} of ${total} shown`)}\n`)
    return 0
  }
}

/** The command class of `serve queue retry`. */
export class ServeQueueRetryCommand extends LettersCommand {
  static override paths = [['serve', 'queue', 'retry']]
  static override usage = Command.Usage({
    category: 'Server',
    description: 'have alerts that outputs gave up tried again',
    details:
      'The running server tries them within seconds, or the next one to run. Those given up again are listed again.',
    examples: [
      ['Everything of one output', '$0 serve queue retry --output slack'],
      ['Two of them', '$0 serve queue retry 17 19'],
    ],
  })

  ids = Option.Rest({ name: 'number' })

  override async execute(): Promise<number> {
    const choice = choiceOf(this.ids, this.output, 'retry')
    const count = await this.withLetters(letters => letters.retry(choice))
    await writeAll(this.context.stdout, `${count} to be tried again\n`)
    return 0
  }
}

/** The command class of `serve queue drop`. */
export class ServeQueueDropCommand extends LettersCommand {
  static override paths = [['serve', 'queue', 'drop']]
  static override usage = Command.Usage({
    category: 'Server',
    description: 'forget alerts that outputs gave up',
    details: 'They stay in the store, where there is one.',
    examples: [['Everything of one output', '$0 serve queue drop --output slack']],
  })

  ids = Option.Rest({ name: 'number' })

  override async execute(): Promise<number> {
    const choice = choiceOf(this.ids, this.output, 'drop')
    const count = await this.withLetters(letters => letters.drop(choice))
    await writeAll(this.context.stdout, `${count} dropped\n`)
    return 0
  }
}

/** Everything there is must be asked for by the name of its output. */
function choiceOf(words: readonly string[], output: string | undefined, verb: string): LetterChoice {
  const ids = words.map(word => parseCount('number', word, 0))
  if (ids.length === 0 && output === undefined) {
    throw usageError(
      'ERR_USAGE_MISSING',
      `\`serve queue ${verb}\` needs numbers or --output`,
      'see `serve queue list`',
    )
  }
  return { ...(output === undefined ? {} : { output }), ...(ids.length === 0 ? {} : { ids }) }
}

async function listed(letters: DeadLetters, output: string | undefined, most: number): Promise<DeadLetter[]> {
  const found: DeadLetter[] = []
  for (let after = 0; found.length < most; ) {
    const limit = Math.min(PAGE, most - found.length)
    const page = await letters.list({ limit, after, ...(output === undefined ? {} : { output }) })
    found.push(...page)
    const last = page.at(-1)
    if (last === undefined || page.length < limit) break
    after = last.id
  }
  return found
}

function jsonLine({ alert, first, last, ...letter }: DeadLetter): string {
  const facts = { ...letter, uuid: alert.id, first: timeText(first), last: timeText(last) }
  // The alert's own bytes: numbers keep their digits.
  return `${JSON.stringify(facts).slice(0, -1)},"alert":${alert.line}}\n`
}

function textLine({ id, output, alert, attempts, last, error, due }: DeadLetter): string {
  const state = due ? ' (to be tried again)' : ''
  return `${id}  ${timeText(last)}  ${output}  ${alert.id}  ${attempts} attempts  ${JSON.stringify(error).slice(1, -1)}${state}\n`
}

function timeText(nanoseconds: bigint): string {
  return new Date(Number(nanoseconds / 1_000_000n)).toISOString()
}
