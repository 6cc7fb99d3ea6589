// Reads each output of a configuration by the schema of its own kind.
// Opens none. The one place where the configuration meets the kinds of outputs; used by `read-config.ts`.

import { closest } from '../../detect/spelling.ts'
import { OUTPUT_KINDS, outputKind } from '../outputs/registry.ts'
import type { OutputConfig } from './config.ts'
import { isRecord } from './document.ts'
import type { PathFault } from './fault.ts'
import { faultsOf } from './schema-faults.ts'

/** The outputs that are as they should be, in the order they are written; what is wrong with the others goes to `faults`. */
export async function readOutputs(outputs: unknown, faults: PathFault[]): Promise<OutputConfig[]> {
  const read: OutputConfig[] = []
  for (const [name, body] of Object.entries(isRecord(outputs) ? outputs : {})) {
    if (!isRecord(body) || typeof body.type !== 'string') continue
    const output = await readOutput(name, body.type, body, faults)
    if (output !== undefined) read.push(output)
  }
  return read
}

async function readOutput(
  name: string,
  type: string,
  body: Readonly<Record<string, unknown>>,
  faults: PathFault[],
): Promise<OutputConfig | undefined> {
  const kind = outputKind(type)
  if (kind === undefined) {
    faults.push(unknownKind(name, type))
    return undefined
  }
  const { schema } = await kind.load()
  const checked = schema.safeParse(body, { reportInput: true })
  if (checked.success) return { name, type, body, options: checked.data }
  faults.push(...faultsOf(schema, checked.error.issues, ['outputs', name]))
  return undefined
}

function unknownKind(name: string, type: string): PathFault {
  const known = OUTPUT_KINDS.map(kind => kind.type)
  const near = closest(type, known)
  const advice = near === undefined ? `; there are ${known.join(', ')}` : `, did you mean \`${near}\`?`
  return {
    code: 'ERR_CONFIG_VALUE',
    path: ['outputs', name, 'type'],
    message: `there is no output of type \`${type}\`${advice}`,
  }
}
