// As much of GraphQL as Archivista's clients speak: one query, its variables, objects, lists, strings, numbers. Anything else throws.
// Knows no schema. Used by the stand-in server.

/** A field with its arguments and what is selected below it. */
export interface Field {
  readonly name: string
  readonly args: Readonly<Record<string, unknown>>
  readonly fields: readonly Field[]
}

/** Parses `query` with its variables put in. Undeclared, unused and missing variables are faults, as in a real server. */
export function parseQuery(query: string, variables: Readonly<Record<string, unknown>>): readonly Field[] {
  const tokens = query.match(/"(?:[^"\\]|\\.)*"|[A-Za-z_]\w*|\$\w+|-?\d+|[^\s,]/g) ?? []
  const declared = new Set<string>()
  const used = new Set<string>()
  let at = 0
  const peek = (): string => tokens[at] ?? 'end of query'
  const take = (expected?: string): string => {
    const token = peek()
    if (expected !== undefined && token !== expected) throw new Error(`expected ${expected}, found ${token}`)
    at += 1
    return token
  }
  const value = (): unknown => {
    const token = take()
    if (token.startsWith('$')) {
      if (!declared.has(token)) throw new Error(`variable ${token} is not declared`)
      used.add(token)
      return variables[token.slice(1)]
    }
    if (token === '{') {
      const object: Record<string, unknown> = {}
      while (peek() !== '}') {
        const name = take()
        take(':')
        object[name] = value()
      }
      take('}')
      return object
    }
    if (/^["\d-]/.test(token)) return JSON.parse(token)
    throw new Error(`no value: ${token}`)
  }
  const pairs = (): Record<string, unknown> => {
    const found: Record<string, unknown> = {}
    if (peek() !== '(') return found
    take('(')
    while (peek() !== ')') {
      const name = take()
      take(':')
      found[name] = value()
    }
    take(')')
    return found
  }
  const selection = (): Field[] => {
    const fields: Field[] = []
    if (peek() !== '{') return fields
    take('{')
    while (peek() !== '}') fields.push({ name: take(), args: pairs(), fields: selection() })
    take('}')
    return fields
  }
  take('query')
  if (peek() === '(') {
    take('(')
    while (peek() !== ')') {
      const name = take()
      declared.add(name)
      take(':')
      const type: string[] = []
      while (!peek().startsWith('$') && peek() !== ')') type.push(take())
      const given = variables[name.slice(1)]
      if (type.at(-1) === '!' && (given === undefined || given === null))
        throw new Error(`${name} is missing`)
    }
    take(')')
  }
  const fields = selection()
  if (at !== tokens.length) throw new Error(`unexpected ${peek()}`)
  const idle = [...declared].find(name => !used.has(name))
  if (idle !== undefined) throw new Error(`variable ${idle} is not used`)
  return fields
}
