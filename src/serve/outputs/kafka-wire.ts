// The part of the Kafka output that speaks to brokers themselves, by a client that only newer versions of Node can load.
// The client is no dependency: who wants it installs it. Used by `kafka.ts`.
import { LannerError } from '../../error.ts'
import { wayFault } from './http-client.ts'
import type { KafkaConfig } from './kafka.ts'
import { untilAborted } from './kept-connection.ts'
import type { Opening } from './opening.ts'
import type { Output } from './output.ts'
import { Template } from './template.ts'

const CLIENT = '@platformatic/kafka'

interface Message {
  readonly topic: string
  readonly key?: string
  readonly value: string
  readonly headers: Readonly<Record<string, string>>
}

interface Producer {
  send(request: { readonly messages: readonly Message[]; readonly acks: number }): Promise<unknown>
  close(force?: boolean): Promise<void>
}

/** As much of the client as we use. */
interface KafkaClient {
  readonly Producer: new (options: Readonly<Record<string, unknown>>) => Producer
  readonly stringSerializers: unknown
}

/** Every replica that is in sync has it. */
const ALL_REPLICAS = -1

/** Opens it. Throws `ERR_CONFIG_KAFKA_CLIENT` when the client is not installed. */
export async function openKafkaWire(
  config: KafkaConfig & { readonly brokers: readonly string[] },
  opening: Opening,
): Promise<Output> {
  const client = await loadClient()
  const options = producerOptions(config, client, opening)
  const key = config.key === undefined ? undefined : new Template(config.key)
  const { topic } = config
  let producer: Producer | undefined
  return {
    deliver: async (alerts, signal) => {
      signal.throwIfAborted()
      producer ??= new client.Producer(options)
      const messages = alerts.map(alert => {
        const name = key?.render(alert) ?? ''
        return {
          topic,
          value: alert.line,
          headers: { uuid: alert.id },
          ...(name === '' ? {} : { key: name }),
        }
      })
      try {
        await untilAborted(producer.send({ messages, acks: ALL_REPLICAS }), signal)
      } catch (cause) {
        const broken = producer
        producer = undefined
        await broken.close(true).catch(() => undefined)
        throw wayFault(`kafka ${config.brokers.join(',')}`, signal, cause)
      }
    },
    close: async () => producer?.close(),
  }
}

async function loadClient(): Promise<KafkaClient> {
  // Not a literal: bundling must neither find it nor ask for it.
  const name: string = CLIENT
  try {
    return (await import(name)) as KafkaClient
  } catch (cause) {
    throw new LannerError(
      'ERR_CONFIG_KAFKA_CLIENT',
      `\`brokers\` needs the package \`${CLIENT}\`, which can't be loaded`,
      {
        hint: `install \`${CLIENT}\` beside lanner (it needs Node 22.22 or newer), or name a REST proxy by \`url\``,
        facts: { package: CLIENT },
        cause,
      },
    )
  }
}

function producerOptions(
  { brokers, sasl, secure, user, password, tls }: KafkaConfig & { readonly brokers: readonly string[] },
  client: KafkaClient,
  opening: Opening,
): Readonly<Record<string, unknown>> {
  const login = user === undefined || password === undefined ? undefined : { user, password }
  return {
    clientId: 'lanner',
    bootstrapBrokers: [...brokers],
    serializers: client.stringSerializers,
    // Tried again by the pipeline, which knows what else waits.
    retries: 0,
    ...(secure ? { tls: opening.tls(tls) } : {}),
    ...(login === undefined
      ? {}
      : {
          sasl: {
            mechanism: sasl ?? 'PLAIN',
            username: opening.text(login.user),
            password: opening.secret(login.password).reveal().toString('utf8'),
          },
        }),
  }
}
