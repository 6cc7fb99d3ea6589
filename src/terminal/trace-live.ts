// Turns the event lines of a traced command into what a person sees while it runs: programs, ends, files written, connections.
// Shows each file and address of a process once, and nothing it does not know. Used by `lanner trace`.
import { harmless } from './shell-words.ts'
import type { Paint } from './style.ts'
import { cut } from './trace-tree.ts'

/** An event line, parsed; names as in Falco. */
type Event = Readonly<Record<string, unknown>>

interface Live {
  readonly depth: number
  /** What was told of this process already. */
  readonly told: Set<string>
}

const OPENS = ['open', 'openat', 'openat2', 'creat']
const EXECUTIONS = ['execve', 'execveat']
const RENAMES = ['rename', 'renameat', 'renameat2']

/** Watches one command. */
export class LiveView {
  readonly #paint: Paint
  readonly #processes = new Map<number, Live>()
  #start: number | undefined

  constructor(paint: Paint) {
    this.#paint = paint
  }

  /** What to show for an event line; nothing for most. */
  show(line: string): string | undefined {
    const event = parse(line)
    const pid = event === undefined ? undefined : number(event, 'proc.pid')
    if (event === undefined || pid === undefined) return undefined
    const time = Date.parse(text(event, 'evt.time'))
    this.#start ??= time
    const words = this.#words(event, this.#processOf(event, pid), pid)
    if (words === undefined) return undefined
    const stamp = this.#paint('faint', `${((time - this.#start) / 1000).toFixed(3).padStart(8)} s`)
    return `${stamp}  ${words}\n`
  }

  #words(event: Event, live: Live, pid: number): string | undefined {
    const type = text(event, 'evt.type')
    const indent = '  '.repeat(live.depth)
    const who = `${indent}${this.#paint('faint', String(pid))} `
    if (type === 'procexit') {
      this.#processes.delete(pid)
      return live.told.size === 0 ? undefined : `${who}${this.#end(event)}`
    }
    const what = this.#what(event, type)
    if (what === undefined || live.told.has(what)) return undefined
    // A program that is run again is news; a file that is opened again is not.
    live.told.add(EXECUTIONS.includes(type) ? type : what)
    return who + what
  }

  #what(event: Event, type: string): string | undefined {
    const done = text(event, 'evt.res') === 'SUCCESS'
    if (EXECUTIONS.includes(type) && done) {
      return cut(harmless(text(event, 'proc.cmdline') || text(event, 'proc.exepath')))
    }
    const name = harmless(text(event, 'fd.name'))
    if (
      OPENS.includes(type) &&
      done &&
      event['evt.is_open_write'] === true &&
      text(event, 'fd.typechar') === 'f'
    ) {
      return `${this.#paint('caution', 'writes')} ${name}`
    }
    if (type === 'connect' && text(event, 'fd.sockfamily') === 'ip') {
      const res = text(event, 'evt.res')
      const failed = done || res === 'EINPROGRESS' ? '' : ` ${this.#paint('bad', res)}`
      return `${this.#paint('name', 'connects')} ${name}${failed}`
    }
    if (RENAMES.includes(type) && done) {
      return `${this.#paint('caution', 'renames')} ${harmless(text(event, 'evt.args'))}`
    }
    return undefined
  }

  #end(event: Event): string {
    const args: unknown = event['evt.arg']
    const ret = typeof args === 'object' && args !== null ? Number(Reflect.get(args, 'ret') ?? 0) : 0
    const signal = typeof args === 'object' && args !== null ? String(Reflect.get(args, 'sig') ?? '') : ''
    if (signal.startsWith('SIG')) return this.#paint('bad', signal)
    return ret === 0 ? this.#paint('faint', 'exit 0') : this.#paint('bad', `exit ${ret}`)
  }

  #processOf(event: Event, pid: number): Live {
    const known = this.#processes.get(pid)
    if (known !== undefined) return known
    const parent = this.#processes.get(number(event, 'proc.ppid') ?? -1)
    const live = { depth: parent === undefined ? 0 : Math.min(parent.depth + 1, 12), told: new Set<string>() }
    this.#processes.set(pid, live)
    return live
  }
}

function parse(line: string): Event | undefined {
  try {
    const event: unknown = JSON.parse(line)
    return typeof event === 'object' && event !== null ? (event as Event) : undefined
  } catch {
    return undefined
  }
}

function text(event: Event, name: string): string {
  const value = event[name]
  return typeof value === 'string' ? value : ''
}

function number(event: Event, name: string): number | undefined {
  const value = event[name]
  return typeof value === 'number' ? value : undefined
}
