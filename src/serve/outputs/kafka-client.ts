// The package that speaks to Kafka's brokers: where it is looked for, as much of it as we use, and how it is told what the configuration says.
// It is no dependency: no version of it runs on every Node that we do and is still mended. Used by `kafka-wire.ts`.
import { createRequire } from 'node:module'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { LannerError } from '../../error.ts'
import type { KafkaConfig } from './kafka.ts'
import type { Opening } from './opening.ts'

const CLIENT = '@platformatic/kafka'
const HOW = `run \`npm install ${CLIENT}\` in the folder of the configuration or beside lanner (\`${CLIENT}@1\` before Node 22.22), or name a REST proxy by \`url\``

/** A record for one partition. */
export interface KafkaRecord {
  readonly topic: string
  readonly partition: number
  readonly key?: Buffer
  readonly value: Buffer
  readonly headers: ReadonlyMap<Buffer, Buffer>
}

/** A connection to one broker. */
export interface KafkaConnection {
  readonly socket: { destroy(): unknown } | undefined
  on(event: 'error' | 'close', listener: () => void): unknown
}

/** What we use of a producer. */
export interface KafkaProducer {
  readonly connections: {
    on(event: 'connecting', listener: (found: { readonly connection: KafkaConnection }) => void): unknown
  }
  metadata(wanted: { readonly topics: readonly string[] }): Promise<{
    readonly topics: ReadonlyMap<string, { readonly partitionsCount: number } | undefined>
  }>
  send(request: { readonly messages: readonly KafkaRecord[]; readonly acks: number }): Promise<unknown>
  close(force?: boolean): Promise<void>
}

/** What we use of the package. */
export interface KafkaClient {
  readonly Producer: new (options: Readonly<Record<string, unknown>>) => KafkaProducer
  /** The partition of a key as Java's producers choose it, before the remainder by the number of partitions. */
  readonly compatibilityPartitioner: (message: unknown, key: Buffer) => number
}

/** What opens a connection to brokers. */
export type KafkaWireConfig = KafkaConfig & { readonly brokers: readonly string[] }

/**
 * The package as it is found from the configuration's folder, else from here. Throws `ERR_CONFIG_KAFKA_CLIENT` when it is in
 * neither place, or is not for this Node.
 */
export async function loadKafkaClient(directory: string): Promise<KafkaClient> {
  let client: KafkaClient
  try {
    client = (await import(placeOf(directory))) as KafkaClient
  } catch (cause) {
    throw clientFault(`\`brokers\` needs the package \`${CLIENT}\`, which can't be loaded`, cause)
  }
  try {
    // Loading alone does not tell: what newer versions ask of Node is missed when they are first used.
    await new client.Producer({ clientId: 'lanner', bootstrapBrokers: [] }).close()
  } catch (cause) {
    throw clientFault(`this version of \`${CLIENT}\` can't run on Node ${process.version}`, cause)
  }
  return client
}

function placeOf(directory: string): string {
  try {
    return pathToFileURL(createRequire(join(directory, 'lanner.yaml')).resolve(CLIENT)).href
  } catch {
    return CLIENT
  }
}

function clientFault(message: string, cause: unknown): LannerError {
  return new LannerError('ERR_CONFIG_KAFKA_CLIENT', message, {
    hint: HOW,
    facts: { package: CLIENT },
    cause,
  })
}

/** Options of a producer. */
export interface ProducerOptions extends Readonly<Record<string, unknown>> {
  readonly bootstrapBrokers: readonly unknown[]
}

/** Options of a producer, from the configuration's. */
export function producerOptions(
  { brokers, sasl, secure, user, password, tls, timeout }: KafkaWireConfig,
  opening: Opening,
): ProducerOptions {
  const addresses = brokers.map(addressOf)
  const login = user === undefined || password === undefined ? undefined : { user, password }
  return {
    clientId: 'lanner',
    bootstrapBrokers: addresses,
    // So that a delivery comes to the next broker when one does not answer.
    connectTimeout: Math.ceil(timeout / (brokers.length + 1)),
    requestTimeout: timeout,
    // How long a broker waits for the other replicas.
    timeout,
    // Tried again by the pipeline, which knows what else waits.
    retries: 0,
    ...(secure ? { tls: opening.tls(tls) } : {}),
    // Clusters behind one address are told apart by the name in the handshake, which must not be an IP address (RFC 6066 §3).
    ...(secure && addresses.every(({ host }) => isIP(host) === 0) ? { tlsServerName: true } : {}),
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

function addressOf(broker: string): { readonly host: string; readonly port: number } {
  const colon = broker.lastIndexOf(':')
  return { host: broker.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(broker.slice(colon + 1)) }
}
