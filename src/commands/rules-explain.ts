// `lanner rules explain`: why a rule fires on an event, or why not, and which rule before it takes the event.
// The addon judges; this finds the event and prints. Loaded by `cli.ts`.
import { existsSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { Option } from 'clipanion'
import { parseDescription } from '../detect/description.ts'
import { parseExplanation } from '../detect/explanation.ts'
import { sourceOf } from '../detect/rule-book.ts'
import type { Source } from '../detect/source.ts'
import { readBoundedFile } from '../envelope/bounded-file.ts'
import { usageError } from '../error.ts'
import { openNative, type RuleBook } from '../native/native.ts'
import { renderExplanation } from '../terminal/explanation.ts'
import { writeAll } from '../terminal/output.ts'
import { paintFor } from '../terminal/style.ts'
import { parseChoice, parseSwitch } from './flag-values.ts'
import { assertRule } from './rules-describe.ts'
import { RulesCommand } from './rules-options.ts'

const MOST_EVENT = 64 << 20

/** The command class of `rules explain`. */
export class RulesExplainCommand extends RulesCommand {
  static override paths = [['rules', 'explain']]
  static override usage = RulesCommand.Usage({
    category: 'Detection',
    description: 'say why a rule matches an event, or why not',
    details: `
      EVENT is JSON text, a file that holds the event, or \`-\` for stdin; of several events the first is taken. Shows which part of the
      condition decided, with the values seen, and which rule before this one takes the event.
    `,
    examples: [
      [
        'An event out of a log',
        "sed -n 17p audit.log | $0 rules explain -r k8s_audit_rules.yaml --rule 'Attach/Exec Pod' -",
      ],
    ],
  })

  rule = Option.String('--rule', { required: true, description: 'Name of the rule' })
  all = Option.String('--all', {
    tolerateBoolean: true,
    description: 'Every part, also those without effect',
  })
  format = Option.String('--format', { description: 'text (default) or json' })
  event = Option.String({ name: 'event', required: true })

  override async execute(): Promise<number> {
    const json = parseChoice('--format', this.format, ['text', 'json']) === 'json'
    const all = parseSwitch('--all', this.all)
    const options = this.engineOptions()
    const named = this.namedSource()
    const event = await readEvent(this.event, this.context.stdin)
    const native = await openNative()
    const book = await this.openRules(native, options)
    if (book === undefined) return 2
    const source = this.sourceOfRule(book, named)
    const answer = await book.explain(this.settings(source, options), this.rule, event)
    const { stdout } = this.context
    await writeAll(
      stdout,
      json ? `${answer}\n` : renderExplanation(parseExplanation(answer), all, paintFor(stdout)),
    )
    return 0
  }

  private sourceOfRule(book: RuleBook, named: Source | undefined): Source {
    const { rules } = parseDescription(book.describeJson())
    assertRule(
      this.rule,
      rules.map(({ info }) => info.name),
    )
    const source = rules.find(({ info }) => info.name === this.rule)?.info.source
    return sourceOf({ sources: source === undefined ? book.sources : [source] }, named)
  }
}

async function readEvent(word: string, stdin: Readable): Promise<Buffer> {
  if (word === '-') return readStream(stdin)
  if (/^\s*[[{]/.test(word)) return Buffer.from(word)
  if (!existsSync(word)) throw usageError('ERR_USAGE_INPUT', `\`${word}\` is neither JSON nor a file`)
  return readBoundedFile(word, { limit: MOST_EVENT, code: 'ERR_INPUT_READ', what: 'event' })
}

async function readStream(stream: Readable): Promise<Buffer> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of stream) {
    size += (piece as Buffer).length
    if (size > MOST_EVENT) throw usageError('ERR_USAGE_INPUT', 'stdin holds more than one event can be')
    pieces.push(piece as Buffer)
  }
  return Buffer.concat(pieces)
}
