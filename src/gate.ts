// What a release gate waits for, bundled into a file of its own: loading many parts of which few are needed takes longer than judging.
// Decides nothing: it makes the same command with the same options that `cli-run.ts` would. Loaded by `cli.ts` alone.
import { answered } from './commands/answer.ts'
import type { LannerContext } from './commands/context.ts'
import type { GateWord } from './commands/gate-words.ts'
import { setOptions } from './commands/option-specs.ts'
import { VerifyCommand } from './commands/verify.ts'

/** Runs `verify` with these options and gives the exit code. Never throws. */
export function runGate(typed: readonly string[], options: readonly GateWord[]): Promise<number> {
  return answered(typed, () => setOptions(new VerifyCommand(), options, contextOf(typed)).execute())
}

function contextOf(words: readonly string[]): LannerContext {
  const { env, stdout, stderr } = process
  return {
    env,
    stdout,
    stderr,
    // Opening it takes a millisecond, and nobody reads it here.
    get stdin() {
      return process.stdin
    },
    colorDepth: 1,
    step: undefined,
    words,
  }
}
