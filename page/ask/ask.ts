// Asks the server and checks its answers against the schemas it makes them by. Digits of numbers are kept.
// Remembers nothing. Used through `use-answer.ts` and by the login.
import * as z from 'zod/mini'
import { parseExact } from '../../src/policy/exact-json.ts'
import { errorAnswer } from '../../src/serve/api/answers.ts'

// zod compiles schemas by `new Function` where it may; the page's policy says it may not.
z.config({ jitless: true })

/** The server refused, or could not be reached (`ERR_PAGE_OFFLINE`). */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly code: string
  readonly hint: string | undefined

  constructor(code: string, message: string, hint?: string) {
    super(message)
    this.code = code
    this.hint = hint
  }
}

/** Told when the server wants a login. */
export const loginWanted = new EventTarget()

type Parameters = Readonly<Record<string, string | number | undefined>>

/** The address of a question. */
export function addressOf(path: string, parameters: Parameters = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) search.set(name, String(value))
  }
  return `/api/v2/${path}${search.size === 0 ? '' : `?${search}`}`
}

/** The answer to a question, checked. Rejects with {@link Refused}. */
export async function ask<T extends z.ZodMiniType>(
  schema: T,
  address: string,
  signal?: AbortSignal,
): Promise<z.output<T>> {
  return schema.parse(parseExact(await askText(address, signal === undefined ? {} : { signal })))
}

/** The answer as text. */
export async function askText(address: string, init: RequestInit = {}): Promise<string> {
  let response: Response
  try {
    response = await fetch(address, { credentials: 'same-origin', ...init })
  } catch (error) {
    if (init.signal?.aborted) throw error
    throw new Refused('ERR_PAGE_OFFLINE', 'the server does not answer', 'is `lanner serve` running?')
  }
  const text = await response.text()
  if (response.ok) return text
  const refusal = refusalIn(text, response.status)
  if (response.status === 401) loginWanted.dispatchEvent(new Event('wanted'))
  throw refusal
}

function refusalIn(text: string, status: number): Refused {
  try {
    const { code, message, hint, facts } = errorAnswer.parse(JSON.parse(text)).error
    const column = facts?.column === undefined ? '' : ` (column ${facts.column})`
    return new Refused(code, message + column, hint)
  } catch {
    return new Refused('ERR_PAGE_ANSWER', `the server answered ${status}`)
  }
}
