// Turns what a schema finds wrong into faults with paths: one a fault, unknown keys with the nearest known one.
// Knows no key itself: which there are it asks the schema. Used for the configuration and for the bodies of outputs.
import type * as z from 'zod/mini'
import { closest } from '../../detect/spelling.ts'
import type { ConfigPath, PathFault } from './fault.ts'

type Schema = z.core.$ZodType
type Issue = z.core.$ZodIssue

/** What is wrong with `value`, read by `schema`; `base` is where it stands in the document. */
export function faultsOf(schema: Schema, issues: readonly Issue[], base: ConfigPath = []): PathFault[] {
  return issues.flatMap(issue => issueFaults(schema, issue, base))
}

function issueFaults(schema: Schema, issue: Issue, base: ConfigPath): PathFault[] {
  const inner = issue.path.filter(step => typeof step !== 'symbol')
  const path = [...base, ...inner]
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = keysAt(schema, inner)
      return issue.keys.map(key => unknownKey([...path, key], key, known))
    }
    case 'invalid_union': {
      const branch = likeliest(issue.errors)
      return branch === undefined
        ? [valueFault(path, issue)]
        : faultsOf(pathSchema(schema, inner), branch, path)
    }
    case 'invalid_key':
      return issue.issues.map(each => ({ ...valueFault(path, each), atKey: true }))
    default:
      return [valueFault(path, issue)]
  }
}

function unknownKey(path: ConfigPath, key: string, known: readonly string[]): PathFault {
  const near = closest(key, known)
  const advice = near === undefined ? listed(known) : `, did you mean \`${near}\`?`
  return { code: 'ERR_CONFIG_KEY', path, message: `unknown key${advice}`, atKey: true }
}

function listed(known: readonly string[]): string {
  return known.length === 0 ? '' : `; known are ${known.join(', ')}`
}

function valueFault(path: ConfigPath, issue: Issue): PathFault {
  const absent = issue.code !== 'custom' && issue.input === undefined
  const message = absent ? `is missing, ${wanted(issue)}` : wanted(issue)
  return { code: 'ERR_CONFIG_VALUE', path, message: message.charAt(0).toLowerCase() + message.slice(1) }
}

/** What was expected; the schema's own words where it has some. */
function wanted(issue: Issue): string {
  const { message } = issue
  if (issue.code === 'invalid_type' && !/^(?:expected|is |a |one of|`)/.test(message)) {
    return `expected ${TYPES[issue.expected] ?? issue.expected}`
  }
  return /^(?:a |one of|`host)/.test(message)
    ? `expected ${message}`
    : message.replace(/^Invalid input: /, '')
}

const TYPES: Readonly<Record<string, string>> = {
  object: 'keys with values',
  record: 'keys with values',
  array: 'a list',
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
}

/** Of the alternatives that all failed, the one that came furthest: a form was begun, and only a part of it is wrong. */
function likeliest(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const begun = branches.filter(issues =>
    issues.every(issue => issue.path.length > 0 || issue.code === 'unrecognized_keys'),
  )
  const formed = branches.filter(issues =>
    issues.every(({ code }) => code !== 'invalid_type' && code !== 'invalid_value'),
  )
  return [...begun, ...formed].sort((left, right) => left.length - right.length)[0]
}

/** The keys an object at `path` may have. */
function keysAt(schema: Schema, path: ConfigPath): string[] {
  const keys = new Set<string>()
  for (const each of alternatives(pathSchema(schema, path))) {
    const { def } = each._zod as { def: z.core.$ZodTypeDef & { shape?: object } }
    for (const key of Object.keys(def.shape ?? {})) keys.add(key)
  }
  return [...keys]
}

/** The schema of what is at `path`; the last known one where schemas end. */
function pathSchema(schema: Schema, path: ConfigPath): Schema {
  let at = schema
  for (const step of path) {
    const next = alternatives(at)
      .map(each => child(each, step))
      .find(found => found !== undefined)
    if (next === undefined) return at
    at = next
  }
  return at
}

interface Definition {
  readonly type: string
  readonly shape?: Readonly<Record<string, Schema>>
  readonly element?: Schema
  readonly valueType?: Schema
  readonly innerType?: Schema
  readonly in?: Schema
  readonly out?: Schema
  readonly options?: readonly Schema[]
}

const definitionOf = (schema: Schema): Definition => schema._zod.def as unknown as Definition

function child(schema: Schema, step: string | number): Schema | undefined {
  const { shape, element, valueType } = definitionOf(schema)
  if (typeof step === 'number') return element
  return shape !== undefined && Object.hasOwn(shape, step) ? shape[step] : valueType
}

/** What stands inside wrappers: optional values, defaults, pipes, unions. */
function alternatives(schema: Schema): Schema[] {
  const { innerType, in: from, out, options } = definitionOf(schema)
  const inner = [innerType, from, out, ...(options ?? [])].filter(each => each !== undefined)
  return inner.length === 0 ? [schema] : inner.flatMap(alternatives)
}
