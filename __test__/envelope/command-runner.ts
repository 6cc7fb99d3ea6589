// Runs one command class with words, environment and captured streams, without the process around it.
// Lets what the command throws through. Used by the tests of commands.
import { PassThrough, type Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Cli, type CommandClass } from 'clipanion'
import type { LannerContext } from '../../src/commands/context.ts'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export async function runCommand(
  command: CommandClass<LannerContext>,
  words: readonly string[],
  env: Record<string, string> = {},
): Promise<Ran> {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const context = {
    ...Cli.defaultContext,
    step: undefined,
    words,
    env,
    stdin: process.stdin as Readable,
    stdout,
    stderr,
    colorDepth: 1,
  }
  const parsed = Cli.from<LannerContext>(command).process([...words], context)
  const code = await parsed.validateAndExecute()
  stdout.end()
  stderr.end()
  return { code, stdout: await text(stdout), stderr: await text(stderr) }
}
