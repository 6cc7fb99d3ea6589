// The fields of the sources as text for a terminal, as Markdown, or as names alone.
// Computes nothing but widths. Used by `fields`.
import type { FieldList, ListedField } from '../detect/field-list.ts'
import { wrap } from './help.ts'
import type { Paint } from './style.ts'

const WIDTH = 32

/** A paragraph a class, a field an entry. */
export function renderFieldList({ fieldclasses }: FieldList, paint: Paint): string {
  return fieldclasses
    .map(({ name, desc, event_sources: sources, fields }) => {
      const head = `${paint('strong', name)} (${sources.join(', ')})\n${desc === undefined ? '' : wrap(desc, 0)}`
      return `${head}\n${fields.map(field => entry(field, paint)).join('')}`
    })
    .join('\n')
}

/** A heading and a table a class. */
export function fieldListMarkdown({ fieldclasses }: FieldList): string {
  return fieldclasses
    .map(({ name, desc, event_sources: sources, fields }) => {
      const rows = fields.map(
        field => `| \`${usage(field)}\` | ${typeOf(field)} | ${field.desc.replaceAll('|', '\\|')} |\n`,
      )
      const about = desc === undefined ? '' : `${desc}\n\n`
      return `## ${name}\n\n${about}Sources: ${sources.join(', ')}\n\n| field | type | meaning |\n|---|---|---|\n${rows.join('')}`
    })
    .join('\n')
}

/** The names, in order. */
export function fieldNames({ fieldclasses }: FieldList): string[] {
  return fieldclasses.flatMap(({ fields }) => fields.map(({ name }) => name))
}

function entry(field: ListedField, paint: Paint): string {
  const name = usage(field)
  const first = `${paint('name', name)}${' '.repeat(Math.max(1, WIDTH - name.length))}${typeOf(field)}\n`
  return first + wrap(field.desc, 4)
}

/** `ka.uri.param[KEY]`; what is optional stands in parentheses. */
function usage({ name, argument }: ListedField): string {
  if (argument === null) return name
  const words = argument.type.length === 0 ? 'ARG' : argument.type.join('|')
  return argument.required ? `${name}[${words}]` : `${name}([${words}])`
}

function typeOf({ type, is_list: list }: ListedField): string {
  return list ? `list of ${type}` : type
}
