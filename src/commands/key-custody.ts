// Makes the process a place where a key may be read: no memory to look into, no debugger to attach, no descriptor the step inherits.
// Reads no key itself. Used by every command that signs, before it loads one.
import { fstatSync, type Stats, statSync } from 'node:fs'
import { usageError } from '../error.ts'
import type { Native } from '../native/native.ts'

/** Closes the process to others of its own user, the step above all. Root can still look. */
export async function guardProcess(native: Native): Promise<void> {
  native.hardenProcess()
  // Node answers SIGUSR1 with a debugger on a local port, through which whoever sent it could ask for the key. A listener of
  // ours takes the place of that handler (Node's process documentation, "Signal events").
  if (!process.listeners('SIGUSR1').includes(ignore)) process.on('SIGUSR1', ignore)
  // Somebody may have sent it before we came this far. Node can be built without a debugger; then there is none to close.
  const inspector = await import('node:inspector').catch(() => undefined)
  if (inspector?.url() !== undefined) inspector.close()
}

function ignore(): void {
  // Only that there is a listener matters.
}

/**
 * Refuses a secret file that is one of the three descriptors the step gets: what was read from an open file once can be read
 * again from its start, whoever the step runs as. A pipe is empty by then, so `vault read … | lanner run -k /dev/stdin` is fine.
 */
export function refuseSharedDescriptors(files: readonly (string | undefined)[]): void {
  const shared = [0, 1, 2].map(descriptor => regularFile(() => fstatSync(descriptor)))
  for (const file of files) {
    const found = file === undefined ? undefined : regularFile(() => statSync(file))
    if (found === undefined) continue
    if (!shared.some(other => other?.dev === found.dev && other.ino === found.ino)) continue
    throw usageError(
      'ERR_USAGE_SIGNER',
      `the step would inherit \`${file}\` as an open file`,
      'name the file itself without redirecting it, or feed it through a pipe',
    )
  }
}

/** A descriptor may be closed and a path may lead nowhere: reading the key says so. */
function regularFile(look: () => Stats): Stats | undefined {
  try {
    const found = look()
    return found.isFile() ? found : undefined
  } catch {
    return undefined
  }
}
