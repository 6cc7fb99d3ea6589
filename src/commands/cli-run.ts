// From words to exit code: loads the one command asked for, or all of them for help, and says what Clipanion complains of in our words.
// Writes only help. Used by `cli.ts`; tests may call it with their own streams.
import { Cli, type Command, type CommandClass } from 'clipanion'
import { usageError } from '../error.ts'
import { packageVersion } from '../native/version.ts'
import { separateShortValues, splitArguments } from '../terminal/arguments.ts'
import { commandHelp, overview } from '../terminal/help.ts'
import { writeAll } from '../terminal/output.ts'
import { paintFor } from '../terminal/style.ts'
import { answered } from './answer.ts'
import type { LannerContext } from './context.ts'
import { leanCommand } from './lean-command.ts'
import { COMMANDS, type CommandRow, rowFor } from './table.ts'
import { refuseUnsupportedFlags } from './unsupported-flags.ts'

const STEP_COMMANDS = ['run', 'attest', 'trace']

/** Runs the command line `typed` and gives the exit code. Never throws. */
export function runCli(typed: readonly string[]): Promise<number> {
  return answered(typed, () =>
    dispatch(typed).catch((thrown: unknown): never => {
      throw asUsage(thrown, typed)
    }),
  )
}

async function dispatch(typed: readonly string[]): Promise<number> {
  const row = rowFor(typed)
  const name = row?.path[0] ?? ''
  const { own, step } = STEP_COMMANDS.includes(name) ? splitArguments(typed) : { own: typed, step: undefined }
  const words = refuseUnsupportedFlags(separateShortValues(own, row?.valued ?? ''), name)
  const context = { ...Cli.defaultContext, step, words }
  const lean = row === undefined || asksForHelp(words, row) ? undefined : await leanly(row, words, context)
  if (lean !== undefined) return lean.cli.run(lean.command, context)
  const classes = row === undefined ? COMMANDS : [row]
  const cli = newCli(await Promise.all(classes.map(each => each.load())))
  if (asksForHelp(words, row)) return showHelp(cli, typed.length === 0, row)
  if (row === undefined) throw unknownCommand(words)
  requireOptions(cli, row, words)
  return cli.run([...words], context)
}

/** The command without the options nobody typed; `undefined` when the words are not in order, which the whole command explains. */
async function leanly(
  row: CommandRow,
  words: readonly string[],
  context: LannerContext,
): Promise<{ cli: Cli<LannerContext>; command: Command<LannerContext> } | undefined> {
  const lean = leanCommand(await row.load(), words)
  if (lean === undefined) return undefined
  try {
    const cli = newCli([lean])
    return { cli, command: cli.process([...words], context) }
  } catch {
    return undefined
  }
}

/** Clipanion takes a command without its required options for an unknown one; this names what is missing. */
function requireOptions(cli: Cli<LannerContext>, { path }: CommandRow, words: readonly string[]): void {
  const typed = words.map(word => word.split('=', 1)[0] ?? word)
  const missing = cli
    .definitions()
    .flatMap(({ options }) => options.filter(({ required }) => required))
    // A definition reads `-s,--step #0`: the names, then placeholders.
    .map(({ definition }) => (definition.split(' ')[0] ?? '').split(','))
    .filter(names => !names.some(name => typed.includes(name)))
    .map(names => `\`${names.at(-1)}\``)
  if (missing.length === 0) return
  const command = path.join(' ')
  throw usageError(
    'ERR_USAGE_MISSING',
    `\`${command}\` needs ${missing.join(', ')}`,
    `see \`lanner ${command} --help\``,
  )
}

function asksForHelp(words: readonly string[], row: CommandRow | undefined): boolean {
  const help = words.includes('--help') || words.includes('-h')
  return help || words.length === 0 || (row === undefined && words[0] === 'help')
}

/** Help that was asked for is output; help instead of a command is a complaint. */
async function showHelp(
  cli: Cli<LannerContext>,
  complaint: boolean,
  row: CommandRow | undefined,
): Promise<number> {
  const stream = complaint ? process.stderr : process.stdout
  const definitions = cli.definitions()
  const own = definitions.find(({ path }) => path === ['lanner', ...(row?.path ?? [])].join(' '))
  const paint = paintFor(stream)
  const step = row?.path[0] === 'run' || row?.path[0] === 'trace'
  await writeAll(stream, own === undefined ? overview(definitions, paint) : commandHelp(own, step, paint))
  return complaint ? 2 : 0
}

/** Hands every failure to `runCli`, where Clipanion would print it itself and say 1. */
class ThrowingCli extends Cli<LannerContext> {
  override error(error: unknown): never {
    throw error
  }
}

function newCli(classes: readonly CommandClass<LannerContext>[]): Cli<LannerContext> {
  const cli = new ThrowingCli({
    binaryLabel: 'Lanner: signed runtime evidence',
    binaryName: 'lanner',
    binaryVersion: packageVersion(),
  })
  for (const each of classes) cli.register(each)
  return cli
}

function unknownCommand(words: readonly string[]): Error {
  const [first = ''] = words
  const below = COMMANDS.filter(({ path }) => path[0] === first).map(({ path }) => path[1])
  return below.length > 0
    ? usageError('ERR_USAGE_COMMAND', `\`${first}\` needs one of: ${below.join(', ')}`)
    : usageError('ERR_USAGE_COMMAND', `no command \`${first}\``, '`lanner --help` lists the commands')
}

/** Clipanion's own complaints (unknown option, missing value) are usage errors of ours; its list of usages is help's work. */
function asUsage(thrown: unknown, typed: readonly string[]): unknown {
  const names = ['UsageError', 'UnknownSyntaxError', 'AmbiguousSyntaxError']
  if (!(thrown instanceof Error) || !names.includes(thrown.name)) return thrown
  const [first = thrown.message] = thrown.message.split('\n')
  const path = rowFor(typed)?.path.join(' ')
  const hint = path === undefined ? '`lanner --help` lists the commands' : `see \`lanner ${path} --help\``
  return usageError('ERR_USAGE', lowerFirst(first.replace(/[.:]$/, '')), hint)
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
