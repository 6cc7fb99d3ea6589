// falcosidekick's settings out of its YAML file and its environment variables, by dotted name in lower case as it knows them.
// Remembers which were asked for, so that what nobody took over can be told. Used by the import.

import { LineCounter, parseDocument } from 'yaml'
import { LannerError } from '../../error.ts'
import { isRecord } from '../config/document.ts'
import type { TextSource } from '../outputs/secret-value.ts'

/** One setting. */
interface Setting {
  readonly value: unknown
  /** The environment variable it comes from. */
  readonly variable: string | undefined
}

/** Settings that hold names and values of the user's. */
const MAPS = new Set([
  'customfields',
  'templatedfields',
  'customheaders',
  'extensions',
  'customseveritymap',
  'extraenvvars',
  'tag',
])

/** See the file. */
export class SidekickSettings {
  readonly #settings = new Map<string, Setting>()
  readonly #taken = new Set<string>()

  /** Adds a YAML file. Throws `ERR_IMPORT_YAML` with line and column. */
  addYaml(file: string, text: string): void {
    const lines = new LineCounter()
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
    const [error] = document.errors
    if (error !== undefined) {
      const { line, col } = lines.linePos(error.pos[0])
      throw new LannerError('ERR_IMPORT_YAML', `${file}:${line}:${col}: ${error.message}`, {
        exit: 2,
        facts: { file, line, column: col },
      })
    }
    const value: unknown = document.toJS()
    if (value !== null && !isRecord(value)) {
      throw new LannerError('ERR_IMPORT_YAML', `${file}:1:1: expected keys with values`, {
        exit: 2,
        facts: { file },
      })
    }
    this.#addTree('', value ?? {})
  }

  /** Adds variables, which win over the file; those that mean nothing to falcosidekick are passed over. */
  addEnvironment(variables: Readonly<Record<string, string>>, known: readonly string[]): void {
    for (const [variable, value] of Object.entries(variables)) {
      const name = settingOf(variable, known)
      if (name !== undefined) this.#settings.set(name, { value, variable })
    }
  }

  /** The settings whose names begin with `prefix` and a dot; of the top level for an empty one. */
  section(prefix: string): SidekickSection {
    return new SidekickSection(this, prefix)
  }

  /** What the setting holds; `undefined` when it is absent or empty, which means the same to falcosidekick. */
  take(name: string): Setting | undefined {
    this.#taken.add(name)
    const setting = this.#settings.get(name)
    return setting === undefined || isEmpty(setting.value) ? undefined : setting
  }

  /** Whether it is there, without taking it. */
  has(name: string): boolean {
    return !isEmpty(this.#settings.get(name)?.value)
  }

  /** Settings that say something and that nobody took, with `prefix` before them. */
  left(prefix: string): string[] {
    return [...this.#settings]
      .filter(([name, { value }]) => name.startsWith(prefix) && !this.#taken.has(name) && !isIdle(value))
      .map(([name]) => name)
  }

  #addTree(prefix: string, tree: Readonly<Record<string, unknown>>): void {
    for (const [key, value] of Object.entries(tree)) {
      const name = `${prefix}${key.toLowerCase()}`
      if (isRecord(value) && !MAPS.has(key.toLowerCase())) this.#addTree(`${name}.`, value)
      else this.#settings.set(name, { value, variable: undefined })
    }
  }
}

/** Settings of one output. */
export class SidekickSection {
  readonly #settings: SidekickSettings
  readonly #prefix: string

  constructor(settings: SidekickSettings, prefix: string) {
    this.#settings = settings
    this.#prefix = prefix === '' ? '' : `${prefix}.`
  }

  text(key: string): string | undefined {
    const value = this.#take(key)?.value
    return value === undefined ? undefined : String(value)
  }

  /** A text that may give access: a variable stays one. */
  source(key: string): TextSource | undefined {
    const setting = this.#take(key)
    if (setting === undefined) return undefined
    return setting.variable === undefined ? String(setting.value) : { env: setting.variable }
  }

  flag(key: string, usual: boolean): boolean {
    const text = this.text(key)?.toLowerCase()
    return text === undefined ? usual : ['true', '1', 't', 'yes', 'on'].includes(text)
  }

  /** Written as a list, or with commas. */
  list(key: string): string[] {
    const value = this.#take(key)?.value
    const items: unknown[] = Array.isArray(value)
      ? value
      : value === undefined
        ? []
        : String(value).split(',')
    return items.map(item => String(item).trim()).filter(item => item !== '')
  }

  /** Written as keys with values, or as `K:V,K:V`. */
  map(key: string): Record<string, string> {
    const value = this.#take(key)?.value
    if (isRecord(value)) {
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, String(each)]))
    }
    const pairs = value === undefined ? [] : String(value).split(',')
    return Object.fromEntries(
      pairs.flatMap(pair => {
        const colon = pair.indexOf(':')
        return colon < 0 ? [] : [[pair.slice(0, colon).trim(), pair.slice(colon + 1).trim()]]
      }),
    )
  }

  /** Takes what has no effect any more, or has it without being said. */
  passOver(...keys: string[]): void {
    for (const key of keys) this.#take(key)
  }

  #take(key: string): Setting | undefined {
    return this.#settings.take(this.#prefix + key)
  }
}

/** The setting that a variable sets: `AWS_S3_BUCKET` is `aws.s3.bucket` where `aws.s3` is a known section. */
function settingOf(variable: string, known: readonly string[]): string | undefined {
  const name = variable.toLowerCase()
  if (known.includes(name)) return name
  const fits = known.filter(section => name.startsWith(`${section.replaceAll('.', '_')}_`))
  const section = fits.sort((left, right) => right.length - left.length)[0]
  return section === undefined ? undefined : `${section}.${name.slice(section.length + 1)}`
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

/** Switched off, or nothing: it would change nothing if it were taken. */
function isIdle(value: unknown): boolean {
  return isEmpty(value) || value === false || value === 'false' || value === 0 || value === '0'
}
