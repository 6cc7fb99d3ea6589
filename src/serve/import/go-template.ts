// Texts with placeholders as falcosidekick's users write them, in the syntax of our templates.
// Only placeholders are carried over: conditions, loops and functions of Go's templates are not. Used by the import.

const NAMES: Readonly<Record<string, string>> = {
  Rule: 'rule',
  Priority: 'priority',
  Output: 'output',
  Time: 'time',
  Hostname: 'hostname',
  Source: 'source',
  Tags: 'tags',
  UUID: 'uuid',
}

/** `text` with its braces meaning themselves. */
export function literalTemplate(text: string): string {
  return text.replaceAll('{', '{{')
}

/** The same template in our syntax; `undefined` when it has more than placeholders. */
export function fromGoTemplate(text: string): string | undefined {
  let converted = ''
  let from = 0
  for (const found of text.matchAll(/\{\{-?\s*(.*?)\s*-?\}\}/gs)) {
    const name = placeholderOf(found[1] ?? '')
    if (name === undefined) return undefined
    converted += literalTemplate(text.slice(from, found.index)) + name
    from = found.index + found[0].length
  }
  return converted + literalTemplate(text.slice(from))
}

function placeholderOf(action: string): string | undefined {
  const name = /^\.(\w+)$/.exec(action)?.[1]
  if (name !== undefined && Object.hasOwn(NAMES, name)) return `{${NAMES[name]}}`
  const field = /^\(?index \.OutputFields "([^"\\]+)"\)?$/.exec(action)?.[1]
  return field === undefined ? undefined : fieldPlaceholder(field)
}

/** The placeholder of an output field. */
export function fieldPlaceholder(field: string): string {
  return `{output_fields[${field}]}`
}
