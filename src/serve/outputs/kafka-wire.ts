// The part of the Kafka output that speaks to brokers themselves: records by partition, confirmed by all replicas that are in sync.
// Loads no package and explains no error; `kafka-client.ts` and `kafka-fault.ts` do. Used by `kafka.ts`.
import {
  type KafkaClient,
  type KafkaConnection,
  type KafkaProducer,
  type KafkaRecord,
  type KafkaWireConfig,
  loadKafkaClient,
  producerOptions,
} from './kafka-client.ts'
import { kafkaFault } from './kafka-fault.ts'
import { KeptConnection, untilAborted } from './kept-connection.ts'
import type { Opening } from './opening.ts'
import type { Output } from './output.ts'
import { deliverPortions, type Item, portionsOf } from './portions.ts'
import { Template } from './template.ts'

/** Every replica that is in sync has it. */
const ALL_REPLICAS = -1
/** What a topic takes at once unless told otherwise is 1 MiB (`max.message.bytes`). */
const MOST_BYTES = 1_000_000
/** Bytes of a record besides its key and its value: the header with the UUID, lengths and numbers. */
const RECORD_BYTES = 100
/** Milliseconds a connection may take to end in order. */
const CLOSING = 1000

interface Producing {
  readonly producer: KafkaProducer
  readonly connections: ReadonlySet<KafkaConnection>
}

interface Placed extends Item {
  readonly weight: number
  readonly partition: number
  readonly record: KafkaRecord
}

/** Opens it; connections are made by the first delivery. Throws `ERR_CONFIG_KAFKA_CLIENT` when the client is not installed. */
export async function openKafkaWire(config: KafkaWireConfig, opening: Opening): Promise<Output> {
  const client = await loadKafkaClient(opening.context.directory)
  const options = producerOptions(config, opening)
  const key = config.key === undefined ? undefined : new Template(config.key)
  const topic = opening.text(config.topic)
  const receiver = `kafka ${config.brokers.join(',')}`
  let wanted = missingIn(config)
  const limit = { items: config.batch.alerts, bytes: Math.min(config.batch.bytes, MOST_BYTES) }
  const connection = new KeptConnection({
    receiver,
    open: async () => produce(client, options),
    close: ended,
  })
  // Another one each time, so that alerts without a key reach all partitions in few requests.
  let turn = Math.floor(Math.random() * 1024)
  return {
    deliver: (alerts, signal) =>
      connection.use(signal, async ({ producer }) => {
        const explained = (thrown: unknown) => {
          throw kafkaFault(receiver, thrown, wanted)
        }
        const found = await producer.metadata({ topics: [topic] }).catch(explained)
        // It took us in: when it hangs up from now on, that is not the reason.
        wanted = []
        const partitions = found.topics.get(topic)?.partitionsCount ?? 1
        turn += 1
        const placed = alerts.map((alert, index): Placed => {
          const name = key?.render(alert) ?? ''
          const { bytes: value, id } = alert
          const bytes = name === '' ? undefined : Buffer.from(name)
          const partition =
            (bytes === undefined ? turn : client.compatibilityPartitioner({}, bytes)) % partitions
          const headers = new Map([[UUID, Buffer.from(id)]])
          const record = { topic, partition, value, headers, ...(bytes === undefined ? {} : { key: bytes }) }
          const weight = value.length + (bytes?.length ?? 0) + RECORD_BYTES
          return { index, text: value, weight, partition, record }
        })
        await deliverPortions(portionsByPartition(placed, limit), portion =>
          producer
            .send({ messages: portion.map(({ record }) => record), acks: ALL_REPLICAS })
            .then(() => undefined, explained),
        )
      }),
    close: () => connection.close(),
  }
}

const UUID = Buffer.from('uuid')

/** A request is for one partition, so that what is said of it is said of each record in it. */
function portionsByPartition(placed: readonly Placed[], limit: { items: number; bytes: number }): Placed[][] {
  const partitions = new Map<number, Placed[]>()
  for (const one of placed) {
    const others = partitions.get(one.partition)
    if (others === undefined) partitions.set(one.partition, [one])
    else others.push(one)
  }
  return [...partitions.values()]
    .flatMap(records => portionsOf(records, limit))
    .sort(([a], [b]) => (a?.index ?? 0) - (b?.index ?? 0))
}

function produce(client: KafkaClient, options: Readonly<Record<string, unknown>>): Producing {
  const producer = new client.Producer(options)
  const connections = new Set<KafkaConnection>()
  producer.connections.on('connecting', ({ connection }) => {
    connections.add(connection)
    // A second fault on a connection whose first was told already would end the process.
    connection.on('error', () => undefined)
  })
  return { producer, connections }
}

/** The client ends a connection in order, for which it would wait for ever where a broker hangs. */
async function ended({ producer, connections }: Producing, rough: boolean): Promise<void> {
  const closed = producer.close(true).catch(() => undefined)
  if (!rough) await untilAborted(closed, AbortSignal.timeout(CLOSING)).catch(() => undefined)
  for (const { socket } of connections) socket?.destroy()
}

/** What the configuration does without. */
function missingIn({ secure, tls, user }: KafkaWireConfig): readonly string[] {
  return [
    ...(secure ? [] : ['TLS']),
    ...(secure && tls.cert === undefined ? ['a certificate'] : []),
    ...(user === undefined ? ['a login'] : []),
  ]
}
