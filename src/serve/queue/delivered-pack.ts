// A message of JetStream read as alerts. Answers nothing, keeps nothing.
// Used by `jetstream-consumer.ts`.
import type { JsMsg } from '@nats-io/jetstream'
import { ENTRIES_HEADER, type UnpackedAlerts, unpacked } from './alert-pack.ts'

/** A message as it was delivered. */
export interface DeliveredPack {
  readonly sequence: number
  /** Subject for acknowledging it. */
  readonly reply: string
  /** Nanoseconds since 1970 at which it was stored. */
  readonly accepted: bigint
  readonly redelivered: boolean
  readonly alerts: UnpackedAlerts
}

/** What is in it, or `undefined` when it wasn't written by us. */
export function deliveredPack(message: JsMsg): DeliveredPack | undefined {
  const { seq: sequence, data, headers, redelivered, timestampNanos: accepted } = message
  const lines = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  const alerts = unpacked(lines, headers?.get(ENTRIES_HEADER) ?? '')
  return alerts === undefined
    ? undefined
    : { sequence, reply: replyOf(message), accepted, redelivered, alerts }
}

/** The client has it, though its type doesn't say so. We answer by it ourselves, so as not to keep the message. */
export function replyOf(message: JsMsg): string {
  return 'reply' in message && typeof message.reply === 'string' ? message.reply : ''
}
