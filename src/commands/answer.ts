// How every command ends: its own exit code, or the failure it threw, rendered once and turned into one.
// Knows no command and parses nothing. Used by `cli-run.ts` and `gate.ts`.
import { splitArguments } from '../terminal/arguments.ts'
import { exitCodeOf, failureObject, renderFailure } from '../terminal/failure.ts'
import { tolerateClosedOutput, writeAll } from '../terminal/output.ts'
import { paintFor } from '../terminal/style.ts'

/** The exit code of `run`, which was asked for by the words `typed`. Writes failures; never throws. */
export async function answered(typed: readonly string[], run: () => Promise<number>): Promise<number> {
  tolerateClosedOutput(process.stdout)
  tolerateClosedOutput(process.stderr)
  try {
    return await run()
  } catch (failure) {
    await writeAll(process.stderr, renderFailure(failure, paintFor(process.stderr)))
    if (wantsJson(typed)) await writeAll(process.stdout, `${JSON.stringify(failureObject(failure))}\n`)
    return exitCodeOf(failure)
  }
}

function wantsJson(typed: readonly string[]): boolean {
  const { own } = splitArguments(typed)
  return own.includes('--json') || own.includes('--json=true')
}
