// `lanner attestors schema NAME`: the JSON Schema of a predicate.
import { Command, Option } from 'clipanion'
import { ATTESTORS, attestorNamed } from '../attestors/registry.ts'
import { usageError } from '../error.ts'
import { writeAll } from '../terminal/output.ts'
import type { LannerContext } from './context.ts'

/** The command class of `attestors schema`. */
export class AttestorsSchemaCommand extends Command<LannerContext> {
  static override paths = [['attestors', 'schema']]
  static override usage = Command.Usage({
    category: 'Information',
    description: "print the JSON Schema of an attestor's predicate",
    examples: [['The shape of the falco predicate', '$0 attestors schema falco']],
  })

  name = Option.String({ required: true })

  override async execute(): Promise<number> {
    const attestor = attestorNamed(this.name)
    if (attestor === undefined) {
      const known = ATTESTORS.map(({ name }) => name).join(', ')
      throw usageError('ERR_USAGE_ATTESTOR', `attestor not found: ${this.name}`, `known attestors: ${known}`)
    }
    const { jsonSchema } = await import('../attestors/schemas/json-schema.ts')
    const schema = jsonSchema(attestor.type, await attestor.schema())
    await writeAll(this.context.stdout, `${JSON.stringify(schema, null, 2)}\n`)
    return 0
  }
}
