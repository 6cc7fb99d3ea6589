// Writes answers that hold alerts: the alerts' lines go in as they are, so that no digit is lost, all else by JSON.stringify.
// Checks no line; the store keeps canonical ones. Used by routes whose answers carry alerts.
import type { AlertPage } from '../store/store.ts'

/** `{"<key>":[alert,…],…rest}` with the lines as they are. */
export function withAlerts(key: string, lines: readonly string[], rest: object): string {
  const others = JSON.stringify(rest).slice(1, -1)
  return `{"${key}":[${lines.join(',')}]${others === '' ? '' : ','}${others}}`
}

/** A page of alerts as `alertsAnswer` describes it. */
export function pageText({ alerts, total, next }: AlertPage): string {
  return withAlerts('alerts', alerts, { total, ...(next !== undefined && { next }) })
}

/** JSON laid out over lines, its texts and digits untouched. */
export function laidOut(json: string): string {
  let depth = 0
  const line = (): string => `\n${'  '.repeat(depth)}`
  return json.replace(/"(?:[^"\\]|\\.)*"|\{\}|\[\]|[{}[\],:]/g, token => {
    if (token === '{' || token === '[') {
      depth += 1
      return token + line()
    }
    if (token === '}' || token === ']') {
      depth -= 1
      return line() + token
    }
    return token === ',' ? token + line() : token === ':' ? ': ' : token
  })
}
