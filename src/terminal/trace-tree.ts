// Draws processes as a tree: who started whom, what it ran, how long, and how it ended.
// Used by `trace-report.ts`, and for its words by the live view.
import type { TracedProcess } from '../attestors/traced-run.ts'
import { commandLine, harmless } from './shell-words.ts'
import type { Paint } from './style.ts'

/** Children of one process that are drawn; a loop of a thousand commands is one line more. */
const MOST_CHILDREN = 20

/** Generations that are drawn. */
const DEEPEST = 30

/** Longer command lines are cut. */
const WIDTH = 100

/** The tree, one process a line; several trees when parents are not among them. */
export function renderTree(processes: readonly TracedProcess[], paint: Paint): string {
  const children = new Map<TracedProcess | undefined, TracedProcess[]>()
  const byPid = new Map<number, TracedProcess>()
  for (const process of processes) {
    // An id that was used again belongs to whoever had it last at that time: processes come by start.
    const parent = byPid.get(process.parent)
    const siblings = children.get(parent)
    if (siblings === undefined) children.set(parent, [process])
    else siblings.push(process)
    byPid.set(process.pid, process)
  }
  const lines: string[] = []
  const draw = (parent: TracedProcess | undefined, indent: string, depth: number): void => {
    const all = children.get(parent) ?? []
    if (depth > DEEPEST) {
      if (all.length > 0) lines.push(`${paint('faint', `${indent}└─ … and what these started`)}\n`)
      return
    }
    const drawn = all.slice(0, MOST_CHILDREN)
    const more = all.length - drawn.length
    drawn.forEach((process, index) => {
      const last = index === drawn.length - 1 && more === 0
      const [branch, below] = parent === undefined ? ['', ''] : last ? ['└─ ', '   '] : ['├─ ', '│  ']
      lines.push(`${paint('faint', indent + branch)}${processLine(process, paint)}\n`)
      draw(process, indent + below, depth + 1)
    })
    if (more > 0) lines.push(`${paint('faint', `${indent}└─ … and ${more} more`)}\n`)
  }
  draw(undefined, '', 0)
  return lines.join('')
}

function processLine(process: TracedProcess, paint: Paint): string {
  const words = [paint('faint', String(process.pid)), cut(commandOf(process))]
  const time = duration(process)
  return [...words, ...(time === '' ? [] : [paint('faint', time)]), outcome(process, paint)]
    .filter(word => word !== '')
    .join('  ')
}

/** Its command line, for people. */
export function commandOf({
  argv,
  label,
  programs,
}: Pick<TracedProcess, 'argv' | 'label' | 'programs'>): string {
  if (argv !== undefined && argv.length > 0) return commandLine(argv)
  if (label !== '') return harmless(label)
  return programs.length === 0 ? '(no program of its own)' : harmless(programs.at(-1)?.path ?? '')
}

/** How it ended. */
export function outcome(
  { exitCode, signal, leftRunning, end }: Pick<TracedProcess, 'exitCode' | 'signal' | 'leftRunning' | 'end'>,
  paint: Paint,
): string {
  if (leftRunning) return paint('caution', 'left running')
  if (signal !== undefined) return paint('bad', signal)
  // cilock's v0.2 leaves the code out when it is 0.
  if (exitCode === undefined) return end === undefined ? '' : paint('faint', 'exit 0')
  return exitCode === 0 ? paint('faint', 'exit 0') : paint('bad', `exit ${exitCode}`)
}

/** `1.240 s`; nothing when a time is missing. */
export function duration({ start, end }: Pick<TracedProcess, 'start' | 'end'>): string {
  if (start === undefined || end === undefined) return ''
  return `${(Math.max(0, end - start) / 1000).toFixed(3)} s`
}

/** At most so much of a line. */
export function cut(line: string): string {
  return line.length > WIDTH ? `${line.slice(0, WIDTH - 1)}…` : line
}
