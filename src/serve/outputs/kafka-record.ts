// Alerts as Kafka's records: which partition each goes to, and which go there together.
// Sends nothing. Used by `kafka-wire.ts`.
import type { AcceptedAlert } from '../alert.ts'
import type { KafkaClient, KafkaRecord } from './kafka-client.ts'
import { type Item, type PortionLimit, portionsOf } from './portions.ts'

/** Bytes of a record besides its key and its value: the header with the UUID, lengths and numbers. */
const RECORD_BYTES = 100
const UUID = Buffer.from('uuid')

/** A record of one alert. */
export interface PlacedRecord extends Item {
  readonly partition: number
  readonly record: KafkaRecord
}

/** Where records go. */
export interface RecordPlace {
  readonly topic: string
  /** How many the topic has. */
  readonly partitions: number
  /** Chooses the partition of those without a key. */
  readonly turn: number
  readonly partitioner: KafkaClient['compatibilityPartitioner']
}

/** The record of an alert; an empty `name` is no key. */
export function placedRecord(
  { id, bytes }: AcceptedAlert,
  index: number,
  name: string,
  { topic, partitions, turn, partitioner }: RecordPlace,
): PlacedRecord {
  const key = name === '' ? undefined : Buffer.from(name)
  const partition = (key === undefined ? turn : partitioner({}, key)) % partitions
  const headers = new Map([[UUID, Buffer.from(id)]])
  const record = { topic, partition, value: bytes, headers, ...(key === undefined ? {} : { key }) }
  return { index, text: bytes, weight: bytes.length + (key?.length ?? 0) + RECORD_BYTES, partition, record }
}

/** A request is for one partition, so that what is said of it is said of each record in it. */
export function portionsByPartition(placed: readonly PlacedRecord[], limit: PortionLimit): PlacedRecord[][] {
  const partitions = new Map<number, PlacedRecord[]>()
  for (const one of placed) {
    const others = partitions.get(one.partition)
    if (others === undefined) partitions.set(one.partition, [one])
    else others.push(one)
  }
  return [...partitions.values()]
    .flatMap(records => portionsOf(records, limit))
    .sort(([a], [b]) => (a?.index ?? 0) - (b?.index ?? 0))
}
