// `lanner trace -- COMMAND`: runs a command and tells a person what it did. Signs nothing and needs no key.
import { closeSync } from 'node:fs'
import { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { Writable } from 'node:stream'
import { Command, Option } from 'clipanion'
import { createRedactor, secretValues } from '../attestors/redaction.ts'
import { forwardSignals, StartingTarget } from '../attestors/step-signals.ts'
import { StepTracer, type StepTracing } from '../attestors/step-tracer.ts'
import { readTracedRun } from '../attestors/traced-run.ts'
import { tracingMembers } from '../attestors/tracing.ts'
import { writeFileAtomic } from '../envelope/atomic-file.ts'
import { jsonPayload } from '../envelope/payload.ts'
import { usageError } from '../error.ts'
import { type Native, openNative, type Payload } from '../native/native.ts'
import { renderFailure } from '../terminal/failure.ts'
import { writeAll } from '../terminal/output.ts'
import { paintFor } from '../terminal/style.ts'
import { LiveView } from '../terminal/trace-live.ts'
import { renderTracedRun } from '../terminal/trace-report.ts'
import type { LannerContext } from './context.ts'
import { parseChoice, parseSwitch } from './flag-values.ts'
import { linger } from './run-tracing.ts'

/** What is read of a payload at a time. */
const CHUNK = 1 << 20

/** The command class of `trace`. */
export class TraceCommand extends Command<LannerContext> {
  static override paths = [['trace']]
  static override usage = Command.Usage({
    category: 'Evidence',
    description: 'run a command and show what it did',
    details: `
      Runs the command after \`--\` under the tracer of \`run --trace\`. While it runs, stderr shows which programs start and end,
      which files are written and where connections go; at the end stdout gets a report. Nothing is signed and no key is needed.

      The command has our own stdin, stdout and stderr; with \`--format json\` its stdout goes to stderr. The exit code is the
      command's own (127 not found, 128+n for a signal), 3 when tracing is not permitted here.
    `,
    examples: [
      ['See what a build does', '$0 trace -- make'],
      ['Only the report, in a file', '$0 trace --quiet -o report.txt -- npm ci'],
      ['For programs', '$0 trace --quiet --format json -- ./install.sh > trace.json'],
    ],
  })

  format = Option.String('--format', { description: 'text (default) or json' })
  outfile = Option.String('-o,--outfile', { description: 'Where the report goes (default stdout)' })
  quiet = Option.String('-q,--quiet', {
    tolerateBoolean: true,
    description: 'Show nothing while the command runs',
  })
  traceLinger = Option.String('--trace-linger', {
    description: 'Seconds to go on tracing what the command left behind (default 1)',
  })

  override async execute(): Promise<number> {
    const { step, stdout, stderr } = this.context
    if (step === undefined || step.length === 0) {
      throw usageError('ERR_USAGE_COMMAND', 'no command to run', 'put it after `--`: lanner trace -- make')
    }
    const json = parseChoice('--format', this.format, ['text', 'json']) === 'json'
    const quiet = parseSwitch('--quiet', this.quiet)
    const lingerMs = linger('--trace-linger', this.traceLinger)
    const native = await openNative()
    const live = quiet ? undefined : new LiveLines(native, stderr)
    const ran = await traceCommand(native, step, { lingerMs, json, ...live?.events }, live)
    if (ran.errorText !== undefined) {
      await writeAll(stderr, `${paintFor(stderr)('bad', 'error')}: ${ran.errorText}\n`)
    }
    if ('failure' in ran.tracing) await writeAll(stderr, renderFailure(ran.tracing.failure, paintFor(stderr)))
    if (ran.tracing.traced) await report(native, ran, json, this.outfile, stdout)
    return 'failure' in ran.tracing ? 3 : ran.exitCode
  }
}

interface TracedCommand {
  readonly cmd: readonly string[]
  readonly exitCode: number
  readonly signal?: string
  readonly errorText?: string
  readonly tracing: StepTracing
}

async function traceCommand(
  native: Native,
  cmd: readonly string[],
  options: { readonly lingerMs: number; readonly json: boolean; readonly events?: number },
  live: LiveLines | undefined,
): Promise<TracedCommand> {
  const [command = '', ...args] = cmd
  const { json, ...tracer } = options
  const stepTracer = new StepTracer(native, {
    ...tracer,
    secrets: secretValues(process.env),
    inherited: [0, json ? 2 : 1, 2],
  })
  const target = new StartingTarget()
  const forwarding = forwardSignals(target, process.stdin.isTTY === true)
  try {
    const child = await Promise.resolve(
      stepTracer.start(command, args, { cwd: process.cwd(), env: process.env, output: 'inherit' }),
    ).finally(() => live?.started())
    target.started(child)
    const end = await child.end
    const tracing = await stepTracer.finish()
    await live?.done()
    return { cmd, ...end, tracing }
  } finally {
    forwarding.stop()
  }
}

/** The report in the form asked for. */
async function report(
  native: Native,
  ran: TracedCommand,
  json: boolean,
  outfile: string | undefined,
  stdout: Writable,
): Promise<void> {
  const secrets = secretValues(process.env)
  const members = tracingMembers(ran.tracing, 'trace', secrets)
  const cmd = ran.cmd.map(createRedactor(secrets).text)
  const signal = ran.signal === undefined ? {} : { signal: ran.signal }
  const payload = jsonPayload(native, { cmd, exitcode: ran.exitCode, ...signal, ...members })
  const pieces = json ? withNewline(payload) : [Buffer.from(await reportText(payload, outfile, stdout))]
  if (outfile !== undefined && outfile !== '-') {
    return writeFileAtomic(outfile, pieces, { mode: 0o644, existing: 'replace' })
  }
  for await (const piece of pieces) await writeAll(stdout, piece)
}

async function reportText(payload: Payload, outfile: string | undefined, stdout: Writable): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of chunks(payload)) pieces.push(piece)
  const predicate: unknown = JSON.parse(Buffer.concat(pieces).toString('utf8'))
  const run = readTracedRun(predicate)
  const paint = outfile === undefined ? paintFor(stdout) : (_: unknown, text: string) => text
  return run === undefined ? '' : `\n${renderTracedRun(run, paint)}`
}

async function* chunks(payload: Payload): AsyncGenerator<Uint8Array> {
  for (let offset = 0n; offset < payload.size; offset += BigInt(CHUNK)) yield payload.read(offset, CHUNK)
}

async function* withNewline(payload: Payload): AsyncGenerator<Uint8Array> {
  yield* chunks(payload)
  yield Buffer.from('\n')
}

/** The live view's end of a pipe that the addon writes events to. */
class LiveLines {
  readonly events: { readonly events: number }
  readonly #shown: Promise<void>
  readonly #writeEnd: number

  constructor(native: Native, stderr: Writable) {
    const { readEnd, writeEnd } = native.openPipe()
    this.#writeEnd = writeEnd
    this.events = { events: writeEnd }
    this.#shown = show(new Socket({ fd: readEnd, readable: true, writable: false }), stderr)
  }

  /** The addon has its own copy of the write end now, or will never write. */
  started(): void {
    closeSync(this.#writeEnd)
  }

  /** Resolves when all lines are shown. */
  done(): Promise<void> {
    return this.#shown
  }
}

async function show(lines: Socket, stderr: Writable): Promise<void> {
  const view = new LiveView(paintFor(stderr))
  for await (const line of createInterface({ input: lines, crlfDelay: Number.POSITIVE_INFINITY })) {
    const text = view.show(line)
    if (text !== undefined) await writeAll(stderr, text)
  }
}
