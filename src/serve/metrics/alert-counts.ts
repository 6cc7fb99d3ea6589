// Counts accepted alerts under the labels that falcosidekick's dashboards know. The reading of lines is the addon's.
// Used by the worker that sees every alert once: the store's, or that of the first output.

import { PRIORITIES, priorityOf } from '../../detect/priority.ts'
import type { Native } from '../../native/native.ts'
import type { ServerMetrics } from './server-metrics.ts'

/** Counts canonical lines; never rejects. */
export async function countAlerts(native: Native, metrics: ServerMetrics, lines: Buffer): Promise<void> {
  const tallies = await native.tallyAlerts(lines).catch(() => [])
  for (const { values, count } of tallies) {
    const [host = '', rule = '', priority = '', source = '', namespace = '', pod = ''] = values
    metrics.alerts.add(
      [host, rule, numberOf(priority), priority.toLowerCase(), source, namespace, pod],
      count,
    )
  }
}

/** From 1 for Debug to 8 for Emergency, as falcosidekick numbers them. */
function numberOf(text: string): string {
  const priority = priorityOf(text)
  return priority === undefined ? '0' : String(PRIORITIES.length - PRIORITIES.indexOf(priority))
}
