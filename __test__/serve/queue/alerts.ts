// Alerts for tests of queues, and what is read back of them.
import { randomUUID } from 'node:crypto'

/** An alert as Falco writes it, without end of line; `number` is its rule. */
export function alert(number: number, more: Record<string, unknown> = {}): string {
  return JSON.stringify({
    time: '2026-11-21T20:00:00.123456789Z',
    rule: `rule ${number}`,
    priority: 'Warning',
    output: `something happened ${number}`,
    output_fields: { 'proc.pid': number },
    ...more,
  })
}

/** A body of so many alerts with ids of their own. */
export function bodyWithIds(count: number): { readonly body: Buffer; readonly ids: readonly string[] } {
  const ids = Array.from({ length: count }, () => randomUUID())
  const body = Buffer.from(ids.map((uuid, number) => alert(number, { uuid })).join('\n'))
  return { body, ids: ids.map(id => id.replaceAll('-', '')) }
}

/** The ids in a batch, in hexadecimal. */
export function idsOf(ids: Buffer): string[] {
  return Array.from({ length: ids.length / 16 }, (_, index) =>
    ids.toString('hex', index * 16, index * 16 + 16),
  )
}
