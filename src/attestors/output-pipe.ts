// Makes the two pipes a step writes its stdout and stderr to.
// Real pipes, because Node's own are sockets: on those `> /dev/stdout` in the step fails with ENXIO. Used by `step.ts`.
import { execFile } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Both ends of a pipe, close-on-exec. Only our end is non-blocking: the step must meet an ordinary stdout. */
export interface OutputPipe {
  readonly readEnd: number
  readonly writeEnd: number
}

/** Gives pipes for stdout and stderr; `undefined` when the system lets us make none, and sockets have to do. */
export type OpenOutputPipes = () => Promise<readonly [OutputPipe, OutputPipe] | undefined>

/**
 * Pipes without pipe(2), which Node has no call for: two FIFOs in a folder only we can enter, opened at both ends and
 * removed before the step starts.
 */
export const openOutputPipes: OpenOutputPipes = async () => {
  const opened: OutputPipe[] = []
  let folder: string | undefined
  try {
    folder = await mkdtemp(join(tmpdir(), 'lanner-'))
    const paths = [join(folder, 'stdout'), join(folder, 'stderr')] as const
    // Of our environment it needs PATH alone; the passphrase of the key is no business of a program found there.
    await promisify(execFile)('mkfifo', ['-m', '600', ...paths], { env: { PATH: process.env.PATH } })
    for (const path of paths) opened.push(openBothEnds(path))
  } catch {
    for (const pipe of opened) closePipe(pipe)
    opened.length = 0
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true }).catch(() => undefined)
  }
  const [stdout, stderr] = opened
  return stdout === undefined || stderr === undefined ? undefined : [stdout, stderr]
}

function openBothEnds(path: string): OutputPipe {
  // fifo(7): a reader's non-blocking open succeeds at once, a writer's then does because there is a reader.
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    return { readEnd, writeEnd: openSync(path, constants.O_WRONLY) }
  } catch (thrown) {
    closeSync(readEnd)
    throw thrown
  }
}

function closePipe(pipe: OutputPipe): void {
  closeSync(pipe.readEnd)
  closeSync(pipe.writeEnd)
}
