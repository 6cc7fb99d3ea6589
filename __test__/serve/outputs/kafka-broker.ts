// A real Kafka broker, with its listeners, users and certificate, and Apache's client as the reader on the other side.
// Tests nothing. Used by `kafka-broker.test.ts`; needs a folder that LANNER_KAFKA_HOME names, with `libs/*.jar` and the client in `node_modules`.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Certificate, certificateIn } from './certificates.ts'
import { freePort } from './servers.ts'

/** Who may log in at the listeners that ask. */
export const LOGIN = { user: 'lanner', password: 'right-password' }

const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']
/** Any will do; it must be the same at every start. */
const CLUSTER = '4L6g3nShT-eMCtK--X86sw'
/** Starting takes most of the time. */
const JAVA = ['-Xmx384m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']
const BENCH = join(import.meta.dirname, 'KafkaBench.java')

/** A record as Apache's client read it. */
export interface ReadRecord {
  readonly partition: number
  readonly key: string | null
  readonly value: string
  readonly headers: Readonly<Record<string, string>>
}

/** The folder with everything, or why there is none. */
export function kafkaHome(): { readonly home: string } | { readonly missing: string } {
  const home = process.env.LANNER_KAFKA_HOME
  if (home === undefined || home === '') return { missing: 'no LANNER_KAFKA_HOME' }
  if (!existsSync(join(home, 'libs'))) return { missing: `no libs in ${home}` }
  if (!existsSync(join(home, 'node_modules/@platformatic/kafka')))
    return { missing: `no @platformatic/kafka in ${home}` }
  const { status, stdout } = spawnSync('java', ['--list-modules'], { encoding: 'utf8' })
  if (status !== 0 || !stdout.includes('jdk.compiler')) return { missing: 'no JDK' }
  return { home }
}

/** See the file. */
export class KafkaBroker {
  readonly #home: string
  readonly #directory = mkdtempSync(join(tmpdir(), 'lanner-kafka-'))
  readonly #ports: { readonly open: number; readonly login: number; readonly secure: number }
  readonly certificate: Certificate
  #server: ChildProcess | undefined
  #bench: ChildProcess | undefined
  #answers: AsyncIterator<string> | undefined

  /** Formats its storage and starts it. */
  static async start(home: string): Promise<KafkaBroker> {
    const ports = [await freePort(), await freePort(), await freePort(), await freePort()] as const
    const broker = new KafkaBroker(home, ports)
    broker.#format()
    broker.up()
    broker.#startBench()
    return broker
  }

  private constructor(home: string, ports: readonly [number, number, number, number]) {
    this.#home = home
    const [controller, open, login, secure] = ports
    this.#ports = { open, login, secure }
    this.certificate = certificateIn(this.#directory)
    const { key, cert } = this.certificate
    writeFileSync(join(this.#directory, 'server.pem'), readFileSync(key, 'utf8') + readFileSync(cert, 'utf8'))
    const plain = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${LOGIN.user}="${LOGIN.password}";`
    const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;'
    writeFileSync(
      join(this.#directory, 'server.properties'),
      [
        'process.roles=broker,controller',
        'node.id=1',
        `controller.quorum.voters=1@127.0.0.1:${controller}`,
        'controller.listener.names=CONTROLLER',
        'inter.broker.listener.name=OPEN',
        `listeners=CONTROLLER://127.0.0.1:${controller},OPEN://127.0.0.1:${open},LOGIN://127.0.0.1:${login},SECURE://127.0.0.1:${secure}`,
        'listener.security.protocol.map=CONTROLLER:PLAINTEXT,OPEN:PLAINTEXT,LOGIN:SASL_PLAINTEXT,SECURE:SASL_SSL',
        `sasl.enabled.mechanisms=${MECHANISMS}`,
        ...['login', 'secure'].flatMap(listener =>
          MECHANISMS.map(
            name =>
              `listener.name.${listener}.${name.toLowerCase()}.sasl.jaas.config=${name === 'PLAIN' ? plain : scram}`,
          ),
        ),
        'listener.name.secure.ssl.client.auth=required',
        'ssl.keystore.type=PEM',
        `ssl.keystore.location=${join(this.#directory, 'server.pem')}`,
        'ssl.truststore.type=PEM',
        `ssl.truststore.location=${cert}`,
        `log.dirs=${join(this.#directory, 'data')}`,
        'auto.create.topics.enable=false',
        'offsets.topic.replication.factor=1',
        // One that was killed may come back only when its last session is over.
        'broker.session.timeout.ms=3000',
        'broker.heartbeat.interval.ms=500',
        'log.cleaner.enable=false',
        '',
      ].join('\n'),
    )
  }

  /** Address of one of its listeners: `open` to all, with a `login`, or `secure`: TLS on both sides and a login. */
  address(listener: 'open' | 'login' | 'secure'): string {
    return `127.0.0.1:${this.#ports[listener]}`
  }

  /** Makes a topic. */
  async create(topic: string, partitions: number, ...settings: readonly string[]): Promise<void> {
    await this.#ask(['create', topic, String(partitions), ...settings].join(' '))
  }

  /** All records of a topic, partition by partition or mixed, in order within each. */
  async read(topic: string): Promise<ReadRecord[]> {
    const lines = await this.#ask(`read ${topic}`)
    return lines.map(line => {
      const record = JSON.parse(line) as ReadRecord
      const headers = Object.entries(record.headers).map(([name, value]) => [name, text(value)])
      return {
        partition: record.partition,
        key: record.key === null ? null : text(record.key),
        value: text(record.value),
        headers: Object.fromEntries(headers),
      }
    })
  }

  /** Starts it, or starts it again. */
  up(): void {
    const config = join(this.#directory, 'server.properties')
    this.#server = spawn('java', [...this.#java(), 'kafka.Kafka', config], { stdio: 'ignore' })
  }

  /** Sends it a signal; waits for its end when that is what comes of it. */
  async signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    this.#server?.kill(signal)
    if (signal === 'SIGKILL' && this.#server !== undefined) await once(this.#server, 'exit')
  }

  /** Ends everything. */
  async stop(): Promise<void> {
    for (const child of [this.#bench, this.#server]) {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    rmSync(this.#directory, { recursive: true, force: true })
  }

  #java(): string[] {
    return [...JAVA, '-cp', join(this.#home, 'libs', '*')]
  }

  #format(): void {
    const users = MECHANISMS.slice(1).flatMap(name => [
      '--add-scram',
      `${name}=[name=${LOGIN.user},password=${LOGIN.password}]`,
    ])
    const config = join(this.#directory, 'server.properties')
    const words = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER, '-c', config, ...users]
    const { status, stderr } = spawnSync('java', [...this.#java(), ...words], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`no storage: ${stderr}`)
  }

  #startBench(): void {
    const bench = spawn('java', [...this.#java(), BENCH, this.address('open')], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    this.#bench = bench
    this.#answers = createInterface({ input: bench.stdout })[Symbol.asyncIterator]()
  }

  async #ask(command: string): Promise<string[]> {
    this.#bench?.stdin?.write(`${command}\n`)
    const lines: string[] = []
    for (;;) {
      const answer = await this.#answers?.next()
      if (answer === undefined || answer.done === true) throw new Error('the reader has ended')
      if (answer.value === 'done') return lines
      if (answer.value.startsWith('fault ')) throw new Error(answer.value)
      lines.push(answer.value)
    }
  }
}

const text = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8')
