// Alerts and routes for the tests of this folder.
import { AcceptedAlert } from '../../../src/serve/alert.ts'
import type { RouteConfig } from '../../../src/serve/config/config.ts'

/** An alert whose id ends in `number`. */
export function alertOf(number: number, members: Readonly<Record<string, unknown>> = {}): AcceptedAlert {
  const id = `0192f0c4-0000-7000-8000-${String(number).padStart(12, '0')}`
  const line = JSON.stringify({
    uuid: id,
    source: 'syscall',
    rule: 'Terminal shell',
    priority: 'Warning',
    time: new Date(Date.UTC(2026, 0, 2) + number * 1000).toISOString(),
    output: `alert ${number}`,
    output_fields: { 'proc.name': 'bash' },
    ...members,
  })
  return new AcceptedAlert(id, line)
}

/** A route that takes everything, but for what is said. */
export function routeOf(members: Partial<RouteConfig> = {}): RouteConfig {
  return {
    name: 'all',
    match: undefined,
    priority: 'Debug',
    sources: [],
    rules: [],
    tags: [],
    outputs: ['out'],
    group: undefined,
    dedup: undefined,
    rate: undefined,
    template: undefined,
    continue: true,
    ...members,
  }
}
