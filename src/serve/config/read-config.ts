// From the text of `lanner.yaml` to a configuration that can be run, or to everything that is wrong with it.
// Opens no output and contacts nothing. Used by the commands of `serve`, at its start and at each reload.
import { readFile } from 'node:fs/promises'
import type * as z from 'zod/mini'
import { LannerError } from '../../error.ts'
import { openNative } from '../../native/native.ts'
import { conditionFaults } from '../routing/route-book.ts'
import { assemble, routesOf } from './assemble.ts'
import type { ServeConfig } from './config.ts'
import { inconsistencies } from './consistency.ts'
import { ConfigDocument, isRecord } from './document.ts'
import { ConfigError, type ConfigFault, type ConfigPath, type PathFault } from './fault.ts'
import { readOutputs } from './output-bodies.ts'
import { type ConfigShape, configSchema } from './schema.ts'
import { faultsOf } from './schema-faults.ts'

/** A configuration and what is wrong with it. */
export interface CheckedConfig {
  /** Absent when there are faults. */
  readonly config: ServeConfig | undefined
  readonly faults: readonly ConfigFault[]
  /** What its author should know although it can be run. */
  readonly warnings: readonly ConfigFault[]
}

/** Reads and checks a file. Throws {@link ConfigError} with all its faults, `ERR_CONFIG_READ` when it can't be read. */
export async function readConfig(file: string): Promise<ServeConfig> {
  const { config, faults } = await checkConfig(file, await readText(file))
  if (config === undefined) throw new ConfigError(file, faults)
  return config
}

/** The text of a configuration file. Throws `ERR_CONFIG_READ`. */
export async function readText(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file))
  } catch (cause) {
    throw new LannerError('ERR_CONFIG_READ', `configuration \`${file}\` ${whyUnread(cause)}`, {
      exit: 2,
      facts: { file },
      hint: 'name it: --config FILE',
      cause,
    })
  }
}

function whyUnread(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (code === 'ENOENT') return 'is not there'
  return cause instanceof TypeError ? 'is not UTF-8' : `can't be read (${code})`
}

/** Everything wrong with a text; `file` names it and gives the folder its paths start from. */
export async function checkConfig(file: string, text: string): Promise<CheckedConfig> {
  const document = new ConfigDocument(file, text)
  if (document.faults.length > 0) return { config: undefined, faults: document.faults, warnings: [] }
  const found: PathFault[] = []
  const warned: PathFault[] = []
  const written = document.value
  const shape = readShape(written, found)
  const outputs = await readOutputs(isRecord(written) ? written.outputs : {}, found)
  const fields = fieldValues(shape, found)
  if (shape !== undefined) {
    warned.push(...cautions(shape))
    const routes = routesOf(shape)
    // The addon is loaded for conditions alone.
    if (routes.some(({ match }) => match !== undefined)) {
      const { faults, warnings } = conditionFaults(await openNative(), routes)
      found.push(...faults)
      warned.push(...warnings)
    }
  }
  const located = (faults: readonly PathFault[]): ConfigFault[] =>
    faults.map(fault => document.locate(fault)).sort((a, b) => a.line - b.line || a.column - b.column)
  const usable = found.length === 0 && shape !== undefined
  return {
    config: usable ? assemble(file, shape, { fields, outputs }) : undefined,
    faults: located(found),
    warnings: located(warned),
  }
}

/** The shape, with the defaults in place of parts that are broken: what is left can be checked all the same. */
function readShape(value: unknown, faults: PathFault[]): ConfigShape | undefined {
  const read = configSchema.safeParse(value, { reportInput: true })
  if (!read.success) faults.push(...faultsOf(configSchema, read.error.issues))
  const broken = new Set(faults.map(({ path }) => String(path[0])))
  const rest = read.success ? read : configSchema.safeParse(withoutFaults(value, read.error.issues))
  if (!rest.success) return undefined
  const names = isRecord(value) && isRecord(value.outputs) ? Object.keys(value.outputs) : []
  const told = faults.map(({ path }) => path)
  const further = inconsistencies(rest.data, names, broken)
  faults.push(...further.filter(({ path }) => !told.some(known => sameRoute(known, path))))
  return rest.data
}

/** Whether both are in one route. */
function sameRoute(left: ConfigPath, right: ConfigPath): boolean {
  return left[0] === 'routes' && right[0] === 'routes' && left[1] === right[1]
}

/** A copy without the parts that have faults: of routes their keys, else whole parts of the document. */
function withoutFaults(value: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  if (!isRecord(value)) return value
  const copy = structuredClone(value)
  for (const issue of issues) {
    const steps =
      issue.code === 'unrecognized_keys' ? issue.keys.map(key => [...issue.path, key]) : [issue.path]
    for (const [part, index, key] of steps) dropPart(copy, part, index, key)
  }
  return copy
}

function dropPart(copy: Record<string, unknown>, part: unknown, index: unknown, key: unknown): void {
  const routes = part === 'routes' ? copy.routes : undefined
  const route: unknown = Array.isArray(routes) && typeof index === 'number' ? routes[index] : undefined
  if (isRecord(route) && typeof key === 'string') delete route[key]
  else if (Array.isArray(routes) && typeof index === 'number') routes[index] = {}
  else if (typeof part === 'string') delete copy[part]
}

function fieldValues(shape: ConfigShape | undefined, faults: PathFault[]): Record<string, string> {
  const values: Record<string, string> = {}
  for (const [name, value] of Object.entries(shape?.fields ?? {})) {
    const text = typeof value === 'string' ? value : process.env[value.env]
    if (text !== undefined) values[name] = text
    else {
      const variable = typeof value === 'string' ? '' : value.env
      const message = `environment variable \`${variable}\` is not set`
      faults.push({ code: 'ERR_CONFIG_REFERENCE', path: ['fields', name], message })
    }
  }
  return values
}

function cautions({ listen, outputs, routes, store }: ConfigShape): PathFault[] {
  const cautions: [boolean, ConfigPath, string][] = [
    [
      store === undefined && Object.keys(outputs).length === 0,
      [],
      'alerts go nowhere: there is no store and no output',
    ],
    [
      listen.page !== undefined && store === undefined,
      ['listen', 'page'],
      'without a store the page has nothing to show',
    ],
  ]
  const routed = new Set(routes.flatMap(route => route.outputs))
  for (const name of Object.keys(outputs)) {
    cautions.push([routes.length > 0 && !routed.has(name), ['outputs', name], 'no route names this output'])
  }
  return cautions
    .filter(([applies]) => applies)
    .map(([, path, message]) => ({ code: 'WARN_CONFIG', path, message, atKey: path.length > 0 }))
}
