// `lanner fields [SOURCE]`: what rules can ask of the events of a source.
// Knows no field; the addon's tables do. Loaded by `cli.ts`.
import type { Writable } from 'node:stream'
import { Command, Option } from 'clipanion'
import { parseFieldList } from '../detect/field-list.ts'
import { parseSource } from '../detect/source.ts'
import { openNative } from '../native/native.ts'
import { fieldListMarkdown, fieldNames, renderFieldList } from '../terminal/field-list.ts'
import { writeAll } from '../terminal/output.ts'
import { paintFor } from '../terminal/style.ts'
import type { LannerContext } from './context.ts'
import { parseChoice, parseSwitch } from './flag-values.ts'

/** The command class of `fields`. */
export class FieldsCommand extends Command<LannerContext> {
  static override paths = [['fields']]
  static override usage = Command.Usage({
    category: 'Detection',
    description: 'list the fields that rules can use',
    details: `
      All sources, or one of k8s_audit, aws_cloudtrail, falco, syscall. JSON has the shape of \`falco --list\`.
    `,
    examples: [
      ['Fields of Kubernetes audit events', '$0 fields k8s_audit'],
      ['Names alone, for a search', '$0 fields --names | grep namespace'],
    ],
  })

  format = Option.String('--format', { description: 'text (default), json or markdown' })
  names = Option.String('-N,--names', {
    tolerateBoolean: true,
    description: 'Names alone: one a line, an array, or a list',
  })
  source = Option.String({ name: 'source', required: false })

  override async execute(): Promise<number> {
    const format = parseChoice('--format', this.format, ['text', 'json', 'markdown'])
    const names = parseSwitch('--names', this.names)
    const source = this.source === undefined ? undefined : parseSource('SOURCE', this.source)
    const native = await openNative()
    const json = native.fieldsJson(source)
    const { stdout } = this.context
    const text = names ? renderNames(fieldNames(parseFieldList(json)), format) : render(json, format, stdout)
    await writeAll(stdout, text)
    return 0
  }
}

type Format = 'text' | 'json' | 'markdown'

function render(json: string, format: Format, stdout: Writable): string {
  if (format === 'json') return `${json}\n`
  const list = parseFieldList(json)
  return format === 'markdown' ? fieldListMarkdown(list) : renderFieldList(list, paintFor(stdout))
}

function renderNames(names: readonly string[], format: Format): string {
  if (format === 'json') return `${JSON.stringify(names, null, 2)}\n`
  return names.map(name => (format === 'markdown' ? `- \`${name}\`\n` : `${name}\n`)).join('')
}
