// A YAML document with the place of every key and value. Duplicate keys, further documents and what YAML 1.2 forbids are faults.
// Knows nothing of what the keys mean. Used by `config.ts`.

import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
} from 'yaml'
import { messageOf } from '../../error.ts'
import { type ConfigFault, type ConfigPath, type PathFault, pathText } from './fault.ts'

/** See the file. */
export class ConfigDocument {
  readonly #file: string
  readonly #text: string
  readonly #lines = new LineCounter()
  readonly #document: Document.Parsed | undefined
  /** What is wrong with the YAML itself; then `value` is nothing to go by. */
  readonly faults: readonly ConfigFault[]
  readonly value: unknown

  constructor(file: string, text: string) {
    this.#file = file
    this.#text = text
    const parsed = parseAllDocuments(text, { lineCounter: this.#lines, prettyErrors: false })
    const documents = Array.isArray(parsed) ? parsed : []
    this.#document = documents[0]
    const errors = documents.flatMap(document => [...document.errors, ...document.warnings])
    const faults = errors.map(({ message, pos }) =>
      this.#fault('ERR_CONFIG_YAML', pos[0], '', lowered(message)),
    )
    const second = documents[1]?.range[0]
    if (second !== undefined) {
      faults.push(this.#fault('ERR_CONFIG_YAML', second, '', 'a second document begins, expected one'))
    }
    this.value = faults.length > 0 ? undefined : this.#valueOrFault(faults)
    this.faults = faults
  }

  /** The fault with its place. */
  locate({ code, path, message, atKey, offset }: PathFault): ConfigFault {
    const written = this.#asWritten(path)
    const place = this.#offsetOf(written, atKey === true)
    return this.#fault(code, place + this.#within(written, offset), pathText(written), message)
  }

  /** Without positions in lists that are written as their only item. */
  #asWritten(path: ConfigPath): ConfigPath {
    const steps: (string | number)[] = []
    for (const step of path) {
      if (typeof step === 'string' || isSeq(this.#node(steps))) steps.push(step)
    }
    return steps
  }

  #valueOrFault(faults: ConfigFault[]): unknown {
    try {
      // Aliases that multiply are refused by the library after a hundred.
      return this.#document?.toJS() ?? {}
    } catch (thrown) {
      const message = messageOf(thrown)
      faults.push(this.#fault('ERR_CONFIG_YAML', 0, '', lowered(message)))
      return undefined
    }
  }

  #fault(code: string, offset: number, path: string, message: string): ConfigFault {
    const { line, col } = this.#lines.linePos(offset)
    return { code, file: this.#file, line: Math.max(line, 1), column: Math.max(col, 1), path, message }
  }

  /** Where the value begins; the nearest one around it where it is absent. */
  #offsetOf(path: ConfigPath, atKey: boolean): number {
    if (atKey) {
      const parent = this.#node(path.slice(0, -1))
      const pair = isMap(parent)
        ? parent.items.find(({ key }) => nameOf(key) === String(path.at(-1)))
        : undefined
      if (isNode(pair?.key) && pair.key.range) return pair.key.range[0]
    }
    for (let length = path.length; length >= 0; length -= 1) {
      const node = this.#node(path.slice(0, length))
      if (node?.range) return node.range[0]
    }
    return 0
  }

  /** Text offsets are those of the source only where it is written without escapes or folding. */
  #within(path: ConfigPath, offset: number | undefined): number {
    const node = this.#node(path)
    if (offset === undefined || !isScalar(node) || typeof node.value !== 'string' || !node.range) return 0
    const written = this.#text.slice(node.range[0], node.range[1])
    const from = written.indexOf(node.value)
    return from < 0 ? this.#block(node.value, written, offset) : from + offset
  }

  /** The place in a block scalar whose lines are indented. */
  #block(value: string, written: string, offset: number): number {
    const line = value.slice(0, offset).split('\n').length - 1
    const inLine = offset - (value.lastIndexOf('\n', offset - 1) + 1)
    if (!/^[|]/.test(written)) return 0
    const lines = written.split('\n')
    const indent = /^ */.exec(lines[1] ?? '')?.[0].length ?? 0
    return lines.slice(0, line + 1).reduce((sum, each) => sum + each.length + 1, 0) + indent + inLine
  }

  #node(path: ConfigPath): Node | undefined {
    if (path.length === 0) return this.#document?.contents ?? undefined
    const found = this.#document?.getIn(path, true)
    return isNode(found) ? found : undefined
  }
}

function nameOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key)
}

function lowered(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1).replace(/\.$/, '')
}

/** Whether a value of a document has keys. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
