// An alert with another text: `output` is replaced, every other byte stays.
// Used for the template of a route.
import { AcceptedAlert } from '../alert.ts'
import type { Template } from '../outputs/template.ts'

/** `alert` with the text that the template makes of it. */
export function reworded(alert: AcceptedAlert, template: Template): AcceptedAlert {
  const text = JSON.stringify(template.render(alert))
  const { line } = alert
  const place = outputIn(line)
  if (place !== undefined) {
    return new AcceptedAlert(alert.id, line.slice(0, place.start) + text + line.slice(place.end))
  }
  const start = line.indexOf('{') + 1
  const comma = /^\s*\}/.test(line.slice(start)) ? '' : ','
  return new AcceptedAlert(alert.id, `${line.slice(0, start)}"output":${text}${comma}${line.slice(start)}`)
}

/** Where the value of the alert's own `output` is; it is a string where it is there at all. */
function outputIn(line: string): { readonly start: number; readonly end: number } | undefined {
  let depth = 0
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at]
    if (character === '{' || character === '[') depth += 1
    else if (character === '}' || character === ']') depth -= 1
    else if (character === '"') {
      const end = stringEnd(line, at)
      const colon = depth === 1 ? /^\s*:\s*/.exec(line.slice(end, end + 64)) : null
      // A key may be written with escapes.
      if (colon !== null && JSON.parse(line.slice(at, end)) === 'output') {
        const start = end + colon[0].length
        return { start, end: line[start] === '"' ? stringEnd(line, start) : start + 'null'.length }
      }
      at = end - 1
    }
  }
  return undefined
}

/** Behind the closing quote of the string that begins at `start`. */
function stringEnd(line: string, start: number): number {
  let at = start + 1
  while (at < line.length && line[at] !== '"') at += line[at] === '\\' ? 2 : 1
  return at + 1
}
