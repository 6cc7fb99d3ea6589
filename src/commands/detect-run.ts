// Moves alerts from a detection to where they go, at the pace of whoever reads them, and gives the counts at the end.
// A reader that leaves (`… | head`) ends the detection. Used by `detect`.
import { open } from 'node:fs/promises'
import { follow } from '../detect/following.ts'
import { writeFileAtomic } from '../envelope/atomic-file.ts'
import { reasonOf } from '../envelope/bounded-file.ts'
import { LannerError } from '../error.ts'
import type { Detection, DetectionSettings, RuleBook } from '../native/native.ts'
import { writeAll } from '../terminal/output.ts'
import { withProgress } from '../terminal/progress.ts'
import { paintFor } from '../terminal/style.ts'
import type { LannerContext } from './context.ts'
import type { DetectPlan } from './detect-plan.ts'

/** Reads everything, or follows until told to stop; the counts as the addon's JSON. */
export async function runDetection(
  book: RuleBook,
  settings: DetectionSettings,
  plan: DetectPlan,
  context: LannerContext,
): Promise<string> {
  if (plan.follow) return followInputs(book, settings, plan, context)
  const detection = book.detect(settings, [...plan.inputs])
  const quiet = plan.outfile === undefined && 'isTTY' in context.stdout && context.stdout.isTTY === true
  const deliver = (): Promise<void> => deliverTo(plan.outfile, detection, context)
  await (quiet ? deliver() : withProgress('judging', detection, context.stderr, deliver))
  return detection.statisticsJson()
}

async function deliverTo(
  outfile: string | undefined,
  detection: Detection,
  { stdout }: LannerContext,
): Promise<void> {
  try {
    if (outfile !== undefined) {
      return await writeFileAtomic(outfile, chunks(detection), { mode: 0o644, existing: 'replace' })
    }
    for await (const alerts of chunks(detection)) if (!(await writeAll(stdout, alerts))) return
  } finally {
    detection.cancel()
  }
}

async function* chunks(detection: Detection): AsyncGenerator<Buffer> {
  for (;;) {
    const alerts = await detection.next()
    if (alerts === null) return
    yield alerts
  }
}

async function followInputs(
  book: RuleBook,
  settings: DetectionSettings,
  { inputs, outfile }: DetectPlan,
  { stdin, stdout, stderr }: LannerContext,
): Promise<string> {
  const detection = book.follow(settings, [...inputs])
  const sink = outfile === undefined ? undefined : await openSink(outfile)
  const stop = new AbortController()
  const onSignal = (): void => stop.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal)
  const paint = paintFor(stderr)
  try {
    await follow(
      detection,
      {
        inputs,
        stdin,
        write: async alerts =>
          sink === undefined ? writeAll(stdout, alerts) : sink.appendFile(alerts).then(() => true),
        note: (input, what) => void writeAll(stderr, `${paint('faint', `${input} was ${what}`)}\n`),
      },
      stop.signal,
    )
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal)
    await sink?.close()
  }
  return detection.statisticsJson()
}

function openSink(file: string): ReturnType<typeof open> {
  return open(file, 'a', 0o644).catch((cause: unknown): never => {
    throw new LannerError('ERR_OUTPUT_WRITE', `${file} can't be written: ${reasonOf(cause)}`, {
      facts: { file },
      cause,
    })
  })
}
