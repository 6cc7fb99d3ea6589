// Where an alert would go, for a person: the outputs, then each route with what decided.
// Computes nothing. Used by `lanner serve route`.
import type { TriedAlert, TriedRoute } from '../serve/routing/dry-run.ts'
import { renderPart } from './explanation.ts'
import type { Paint } from './style.ts'

/** The text for one alert; `name` says which it is. */
export function renderTried(
  name: string,
  { outputs, routes }: TriedAlert,
  all: boolean,
  paint: Paint,
): string {
  const to = outputs.map(
    ({ output, route }) => `${paint('good', output)}${route === null ? '' : ` by ${route}`}`,
  )
  const head = `${paint('strong', name)} → ${to.length === 0 ? paint('caution', 'no output') : to.join(', ')}\n`
  return head + routes.map(route => routeText(route, all, paint)).join('')
}

function routeText({ route, matches, asked, condition }: TriedRoute, all: boolean, paint: Paint): string {
  if (!asked) return `  ${paint('faint', `--- ${route}: not asked, a route before it ended the search`)}\n`
  const mark = matches ? paint('good', 'yes') : paint('bad', 'no ')
  return `  ${mark} ${route}\n${condition === null ? '' : renderPart(condition, '      ', all, paint)}`
}
