// The conditions of all routes, compiled natively: which routes each alert of a batch takes, and what is wrong with a condition.
// Knows nothing of outputs. Used by the configuration's check and by the router.
import * as z from 'zod/mini'
import type { Native, RouteBook } from '../../native/native.ts'
import type { RouteConfig } from '../config/config.ts'
import type { PathFault } from '../config/fault.ts'

const told = z.array(
  z.object({
    route: z.int(),
    code: z.string(),
    message: z.string(),
    offset: z.nullable(z.int()),
    hint: z.nullable(z.string()),
  }),
)

/** Compiles the conditions; `successful` says whether they can be asked. */
export function compileRoutes(native: Native, routes: readonly RouteConfig[]): RouteBook {
  return native.loadRoutes(
    routes.map(({ match, priority, sources, rules, tags }) => ({
      ...(match === undefined ? {} : { condition: match }),
      priority,
      sources: [...sources],
      rules: [...rules],
      tags: [...tags],
    })),
  )
}

/** What is wrong with the conditions, at their places in the configuration; or what is to be said of them. */
export function conditionFaults(
  native: Native,
  routes: readonly RouteConfig[],
): { readonly faults: readonly PathFault[]; readonly warnings: readonly PathFault[] } {
  const book = compileRoutes(native, routes)
  const found = told.parse(JSON.parse(book.faultsJson())).map(
    ({ route, code, message, offset, hint }): PathFault => ({
      code,
      path: ['routes', route, 'match'],
      message: `${message}${hint === null ? '' : `; ${hint}`} (${code})`,
      ...(offset === null ? {} : { offset }),
    }),
  )
  return book.successful ? { faults: [], warnings: found } : { faults: found, warnings: [] }
}
