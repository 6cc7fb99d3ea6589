// What the routes would do with one alert: which take it and why not, and which outputs get it by which route.
// Delivers nothing. Used by `lanner serve route`.
import * as z from 'zod'
import { type ExplainedPart, explainedPart } from '../../detect/explanation.ts'
import type { Native, RouteBook } from '../../native/native.ts'
import { type ExactValue, isExactObject, parseExact } from '../../policy/exact-json.ts'
import type { RouteConfig, ServeConfig } from '../config/config.ts'
import { jsonText } from '../outputs/json-text.ts'
import { compileRoutes } from './route-book.ts'

/** One route and the alert. */
export interface TriedRoute {
  readonly route: string
  readonly matches: boolean
  /** A route before it ended the search. */
  readonly asked: boolean
  /** Every check with what it saw; `null` when the route asks nothing. */
  readonly condition: ExplainedPart | null
}

/** Where one alert would go. */
export interface TriedAlert {
  /** By which route each output gets it; `null` for the route where there are no routes. */
  readonly outputs: readonly { readonly output: string; readonly route: string | null }[]
  readonly routes: readonly TriedRoute[]
}

const explained = z.nullable(z.array(z.object({ matches: z.boolean(), condition: explainedPart.nullable() })))

/** Tries alerts on the routes of a configuration. */
export class DryRun {
  readonly #config: ServeConfig
  readonly #book: RouteBook

  constructor(native: Native, config: ServeConfig) {
    this.#config = config
    this.#book = compileRoutes(native, config.routes)
  }

  /** `undefined` when the line is no alert. */
  try(line: string): TriedAlert | undefined {
    const judged = explained.parse(JSON.parse(this.#book.explainJson(accepted(line, this.#config))))
    if (judged === null) return undefined
    const { routes, outputs } = this.#config
    if (routes.length === 0)
      return { outputs: outputs.map(({ name }) => ({ output: name, route: null })), routes: [] }
    const last = routes.findIndex((route, index) => !route.continue && judged[index]?.matches === true)
    const asked = (index: number): boolean => last < 0 || index <= last
    return {
      outputs: reached(routes.filter((_, index) => asked(index) && judged[index]?.matches === true)),
      routes: routes.map(({ name }, index) => ({
        route: name,
        matches: judged[index]?.matches ?? false,
        asked: asked(index),
        condition: judged[index]?.condition ?? null,
      })),
    }
  }
}

/** The alert as the server would hold it: with a source, and with the fields and tags that are added to each. */
function accepted(line: string, { fields, tags }: ServeConfig): string {
  const alert = parsed(line)
  if (!isExactObject(alert)) return line
  const given = alert.output_fields
  const own = Array.isArray(alert.tags) ? alert.tags : []
  return jsonText({
    source: 'syscall',
    ...alert,
    tags: [...own, ...tags.filter(tag => !own.includes(tag))],
    output_fields: { ...fields, ...(isExactObject(given) ? given : {}) },
  })
}

function parsed(line: string): ExactValue {
  try {
    return parseExact(line)
  } catch {
    return null
  }
}

/** Each output once, by the first route that leads there. */
function reached(routes: readonly RouteConfig[]): { output: string; route: string }[] {
  const first = new Map<string, string>()
  for (const { name, outputs } of routes) {
    for (const output of outputs) if (!first.has(output)) first.set(output, name)
  }
  return [...first].map(([output, route]) => ({ output, route }))
}
