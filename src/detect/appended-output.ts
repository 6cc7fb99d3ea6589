// One entry of `append_output`: text and fields that are added to the alerts of some rules.
// Knows no field; whether one exists is found out when the rules are compiled. Used by `engine-options.ts`.
import { usageError } from '../error.ts'
import type { FlowValue } from './flow-value.ts'

/** What is added, and to which alerts: all conditions that are there must hold. */
export interface AppendedOutput {
  readonly rule?: string
  readonly source?: string
  readonly tags: readonly string[]
  /** Added to the output after a blank. */
  readonly text?: string
  /** Added to `output_fields`: a field of the event under its own name, or a format under another. */
  readonly fields: readonly AppendedField[]
}

/** Without a format it is the field of that name. */
export interface AppendedField {
  readonly name: string
  readonly format?: string
}

type Mapping = { readonly [key: string]: FlowValue }
const MEMBERS = ['match', 'extra_output', 'extra_fields', 'suggested_output']
const CONDITIONS = ['rule', 'source', 'tags']

/** Reads an entry. Throws `ERR_USAGE_OPTION_VALUE` naming what is wrong in it. */
export function parseAppendedOutput(key: string, value: FlowValue): AppendedOutput {
  const entry = mapping(key, value)
  const stray = Object.keys(entry).find(member => !MEMBERS.includes(member))
  if (stray !== undefined) throw fault(key, `has no member \`${stray}\``)
  const match = entry.match === undefined ? {} : mapping(`${key}.match`, entry.match)
  const condition = Object.keys(match).find(member => !CONDITIONS.includes(member))
  if (condition !== undefined) throw fault(`${key}.match`, `has no member \`${condition}\``)
  return {
    ...optional('rule', key, match.rule),
    ...optional('source', key, match.source),
    tags: sequence(`${key}.match.tags`, match.tags).map(tag => scalar(`${key}.match.tags`, tag)),
    ...optional('text', key, entry.extra_output),
    fields: sequence(`${key}.extra_fields`, entry.extra_fields).flatMap(field => fields(key, field)),
  }
}

function fields(key: string, value: FlowValue): AppendedField[] {
  if (typeof value === 'string') return [{ name: value }]
  return Object.entries(mapping(`${key}.extra_fields`, value)).map(([name, format]) => ({
    name,
    format: scalar(`${key}.extra_fields`, format),
  }))
}

function optional<Name extends string>(
  name: Name,
  key: string,
  value: FlowValue | undefined,
): { readonly [Member in Name]?: string } {
  return value === undefined ? {} : ({ [name]: scalar(key, value) } as { [Member in Name]: string })
}

function mapping(key: string, value: FlowValue): Mapping {
  if (typeof value === 'object' && !Array.isArray(value)) return value as Mapping
  throw fault(key, 'is not a map')
}

function sequence(key: string, value: FlowValue | undefined): readonly FlowValue[] {
  if (value === undefined) return []
  if (Array.isArray(value)) return value as readonly FlowValue[]
  throw fault(key, 'is not a list')
}

function scalar(key: string, value: FlowValue): string {
  if (typeof value === 'string') return value
  throw fault(key, 'has a value that is no text')
}

function fault(key: string, what: string): Error {
  return usageError(
    'ERR_USAGE_OPTION_VALUE',
    `\`-o ${key}\` ${what}`,
    'as `-o "append_output[]={match: {source: k8s_audit}, extra_output: \'verb=%ka.verb\', extra_fields: [ka.uri]}"`',
  )
}
