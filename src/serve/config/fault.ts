// A fault of a configuration file: what is wrong, and where, as file, line, column and path.
// All faults of a file become one error. Used by every part that checks a configuration.
import { LannerError } from '../../error.ts'

/** Keys and positions from the document's root. */
export type ConfigPath = readonly (string | number)[]

/** What is wrong with the value at a path, before it is known where that is written. */
export interface PathFault {
  /** `ERR_CONFIG_<FAULT>`, stable. */
  readonly code: string
  readonly path: ConfigPath
  readonly message: string
  /** The place is the key itself, not its value. */
  readonly atKey?: boolean
  /** UTF-16 units into the text of the value, where the fault is inside it. */
  readonly offset?: number
}

/** The same with its place; line and column count from 1. */
export interface ConfigFault {
  readonly code: string
  readonly file: string
  readonly line: number
  readonly column: number
  /** `routes[2].match`; empty for the whole document. */
  readonly path: string
  readonly message: string
}

/** A configuration that can't be used; `faults` has all that is wrong, in the order of the file. Exit 2. */
export class ConfigError extends LannerError {
  readonly faults: readonly ConfigFault[]

  constructor(file: string, faults: readonly ConfigFault[]) {
    const [first] = faults
    const texts = faults.map(faultText)
    const many = `configuration \`${file}\` has ${faults.length} faults\n  ${texts.join('\n  ')}\n`
    super('ERR_CONFIG_INVALID', texts.length === 1 ? (texts[0] ?? '') : many, {
      exit: 2,
      facts: { file, faults: faults.length, line: first?.line ?? 1, column: first?.column ?? 1 },
    })
    this.faults = faults
  }
}

/** `lanner.yaml:7:5: routes[0].match: …`. */
export function faultText({ file, line, column, path, message }: ConfigFault): string {
  return `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`
}

/** `routes[2].match`; keys that are no plain word in brackets and quotes. */
export function pathText(path: ConfigPath): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`
      if (!/^[\w-]+$/.test(step)) return `[${JSON.stringify(step)}]`
      return index === 0 ? step : `.${step}`
    })
    .join('')
}
