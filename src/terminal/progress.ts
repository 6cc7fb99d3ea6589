// A moving line on stderr for work that takes long: what is being done and how far it is, drawn by `ora` on a terminal only.
// Reads the addon's progress cell; starts and stops nothing. Used by `run`, `inspect` and `events`.
import type { WriteStream } from 'node:tty'
import type { Work } from '../native/native.ts'

/** Runs `job` while showing `label` and the bytes done. Silent where stderr is no terminal or the job is short. */
export async function withProgress<T>(
  label: string,
  work: Pick<Work, 'done'>,
  stream: NodeJS.WritableStream,
  job: () => Promise<T>,
): Promise<T> {
  if (!('isTTY' in stream) || stream.isTTY !== true) return job()
  const { default: ora } = await import('ora')
  // A job done within the delay shows nothing, so quick commands do not flicker.
  const spinner = ora({ text: label, stream: stream as WriteStream, discardStdin: false })
  const delay = setTimeout(() => spinner.start(), 300)
  const redraw = setInterval(() => {
    spinner.text = `${label} ${humanBytes(work.done)}`
  }, 100)
  try {
    return await job()
  } finally {
    clearTimeout(delay)
    clearInterval(redraw)
    // One that never started would still write its cursor codes.
    if (spinner.isSpinning) spinner.stop()
  }
}

/** Bytes for a person, in decimal units: `1.2 GB`. */
export function humanBytes(bytes: bigint | number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  let value = Number(bytes)
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}
