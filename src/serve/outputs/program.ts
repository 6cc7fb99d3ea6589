// Hands alerts to a program of this machine: a line of JSON each on its standard input, started anew for each delivery.
// No shell reads its words, and of our environment it gets only what every program needs. Loaded by `registry.ts`.
import { type ChildProcess, spawn } from 'node:child_process'
import * as z from 'zod'
import { commonOptions } from './common-options.ts'
import { wordsOf } from './http-client.ts'
import type { Opening } from './opening.ts'
import { DeliveryFault, type Output } from './output.ts'
import { pathIn, textSource } from './secret-value.ts'

/** Options of `type: program`. */
export const programSchema = z.strictObject({
  ...commonOptions('program', { alerts: 100, bytes: '1MB', wait: '0' }),
  command: z.array(z.string()).min(1).describe('Program and its words; nothing in them is expanded'),
  directory: z.string().min(1).optional().describe('Working directory; that of the configuration if absent'),
  environment: z
    .record(z.string(), textSource)
    .default({})
    .describe('Variables besides PATH, HOME, LANG and TZ'),
})

type Config = z.output<typeof programSchema>

const INHERITED = ['PATH', 'HOME', 'LANG', 'TZ']
/** A program that was asked to end gets this long before it is ended. */
const GRACE_MILLISECONDS = 800
const LAST_WORDS_MILLISECONDS = 200
const KEPT_COMPLAINT = 2048

/** Opens it; the program is started by deliveries. */
export async function openProgram(config: Config, opening: Opening): Promise<Output> {
  const { context } = opening
  const [program = '', ...words] = config.command
  const env = Object.fromEntries([
    ...INHERITED.map(name => [name, context.environment[name]]).filter(([, value]) => value !== undefined),
    ...Object.entries(config.environment).map(([name, source]) => [name, opening.text(source)]),
  ])
  const cwd = pathIn(context.directory, config.directory ?? '.')
  return {
    deliver: async (alerts, signal) => {
      signal.throwIfAborted()
      // A group of its own, so that what it started ends with it.
      const child = spawn(program, words, { cwd, env, stdio: ['pipe', 'ignore', 'pipe'], detached: true })
      await ended(child, program, signal, alerts.map(({ line }) => `${line}\n`).join(''))
    },
    close: async () => undefined,
  }
}

function ended(child: ChildProcess, program: string, signal: AbortSignal, input: string): Promise<void> {
  return new Promise((done, failed) => {
    let complaint = Buffer.alloc(0)
    const stop = endOnAbort(child, signal)
    const fault = (what: string, cause?: unknown) => {
      stop()
      const words = wordsOf(complaint)
      failed(
        new DeliveryFault(`\`${program}\` ${what}${words === '' ? '' : `: ${words}`}`, {
          retry: true,
          cause,
        }),
      )
    }
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint = Buffer.concat([complaint, chunk]).subarray(-KEPT_COMPLAINT)
    })
    child.on('error', cause => fault('was not started', cause))
    child.on('exit', (code, killedBy) => {
      if (code === 0 && !signal.aborted) {
        stop()
        child.stderr?.destroy()
        return done()
      }
      const what = code === null ? `was ended by ${killedBy}` : `exited with code ${code}`
      lastWords(child, () => fault(signal.aborted ? 'took too long and was ended' : what))
    })
    // A program that succeeds without reading all of it has its reasons.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}

/** Calls `then` once the complaint is complete; what was left running in the background may hold the pipe for ever. */
function lastWords({ stderr }: ChildProcess, then: () => void): void {
  if (stderr === null || stderr.closed) {
    then()
    return
  }
  const timer = setTimeout(() => stderr.destroy(), LAST_WORDS_MILLISECONDS)
  stderr.once('close', () => {
    clearTimeout(timer)
    then()
  })
}

/** Ends the program's group once `signal` aborts, kindly at first. Gives what stops that. */
function endOnAbort(child: ChildProcess, signal: AbortSignal): () => void {
  let timer: NodeJS.Timeout | undefined
  const end = () => {
    endGroup(child, 'SIGTERM')
    timer = setTimeout(() => endGroup(child, 'SIGKILL'), GRACE_MILLISECONDS)
  }
  signal.addEventListener('abort', end, { once: true })
  return () => {
    signal.removeEventListener('abort', end)
    clearTimeout(timer)
  }
}

function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // It ended already.
  }
}
