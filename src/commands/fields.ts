// `lanner fields [SOURCE]`: what rules can ask of the events of a source.
// Knows no field; the addon's tables do. Loaded by `cli.ts`.
import { Command, Option } from 'clipanion'
import { type FieldList, parseFieldList } from '../detect/field-list.ts'
import { parseSource } from '../detect/source.ts'
import { openNative } from '../native/native.ts'
import { fieldListMarkdown, fieldNames, renderFieldList } from '../terminal/field-list.ts'
import { writeAll } from '../terminal/output.ts'
import { type Paint, paintFor } from '../terminal/style.ts'
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
  names = Option.String('-N,--names', { tolerateBoolean: true, description: 'Names alone, one a line' })
  source = Option.String({ name: 'source', required: false })

  override async execute(): Promise<number> {
    const format = parseChoice('--format', this.format, ['text', 'json', 'markdown'])
    const names = parseSwitch('--names', this.names)
    const source = this.source === undefined ? undefined : parseSource('SOURCE', this.source)
    const native = await openNative()
    const json = native.fieldsJson(source)
    const { stdout } = this.context
    const text =
      format === 'json' && !names
        ? `${json}\n`
        : render(parseFieldList(json), format, names, paintFor(stdout))
    await writeAll(stdout, text)
    return 0
  }
}

function render(list: FieldList, format: string, names: boolean, paint: Paint): string {
  if (names) return fieldNames(list)
  return format === 'markdown' ? fieldListMarkdown(list) : renderFieldList(list, paint)
}
