// The part of the Kafka output that speaks to brokers themselves: records by partition, confirmed by all replicas that are in sync.
// Loads no package, makes no record and explains no error; `kafka-client.ts`, `kafka-record.ts` and `kafka-fault.ts` do. Used by `kafka.ts`.
import {
  type KafkaClient,
  type KafkaConnection,
  type KafkaProducer,
  type KafkaWireConfig,
  loadKafkaClient,
  type ProducerOptions,
  producerOptions,
} from './kafka-client.ts'
import { kafkaFault } from './kafka-fault.ts'
import { placedRecord, portionsByPartition } from './kafka-record.ts'
import { KeptConnection, untilAborted } from './kept-connection.ts'
import type { Opening } from './opening.ts'
import type { Output } from './output.ts'
import { deliverPortions } from './portions.ts'
import { Template } from './template.ts'

/** Every replica that is in sync has it. */
const ALL_REPLICAS = -1
/** What a topic takes at once unless told otherwise is 1 MiB (`max.message.bytes`). */
const MOST_BYTES = 1_000_000
/** Milliseconds a connection may take to end in order. */
const CLOSING = 1000

interface Producing {
  readonly producer: KafkaProducer
  readonly connections: ReadonlySet<KafkaConnection>
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
  let opened = 0
  const connection = new KeptConnection({
    receiver,
    open: async () => {
      opened += 1
      return produce(client, { ...options, bootstrapBrokers: rotated(options.bootstrapBrokers, opened - 1) })
    },
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
        const place = { topic, partitions, turn, partitioner: client.compatibilityPartitioner }
        const placed = alerts.map((alert, index) =>
          placedRecord(alert, index, key?.render(alert) ?? '', place),
        )
        await deliverPortions(portionsByPartition(placed, limit), portion =>
          producer
            .send({ messages: portion.map(({ record }) => record), acks: ALL_REPLICAS })
            .then(() => undefined, explained),
        )
      }),
    close: () => connection.close(),
  }
}

/** With another one first each time: a broker that takes connections and never answers must not stand before the others. */
function rotated<Broker>(brokers: readonly Broker[], by: number): Broker[] {
  const first = by % brokers.length
  return [...brokers.slice(first), ...brokers.slice(0, first)]
}

function produce(client: KafkaClient, options: ProducerOptions): Producing {
  const producer = new client.Producer(options)
  const connections = new Set<KafkaConnection>()
  producer.connections.on('connecting', ({ connection }) => {
    connections.add(connection)
    connection.on('close', () => connections.delete(connection))
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
