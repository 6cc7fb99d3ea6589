// The entry: takes the words, wires the process, sets the exit code. Decides nothing else.
import { gateWords } from './commands/gate-words.ts'
import { packageVersion } from './native/version.ts'
import { tolerateClosedOutput, writeAll } from './terminal/output.ts'

const words = process.argv.slice(2)
if (words.length === 1 && (words[0] === '--version' || words[0] === 'version')) {
  // The one answer that must not wait for a command to load.
  tolerateClosedOutput(process.stdout)
  await writeAll(process.stdout, `lanner ${packageVersion()}\n`)
} else {
  // A terminal has a moving line drawn, which a gate does without.
  const options = process.stderr.isTTY === true ? undefined : gateWords(words)
  process.exitCode =
    options === undefined
      ? await (await import('./commands/cli-run.ts')).runCli(words)
      : await (await import('./gate.ts')).runGate(words, options)
}
