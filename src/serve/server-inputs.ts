// The ways in of a server: listeners for alerts and audit events, and followed files, with the rules that judge what comes as events.
// What may change while it runs (tokens, limits, rules, files) is exchanged; addresses are not. Used by `server.ts`.
import { hostname } from 'node:os'
import type { Native } from '../native/native.ts'
import { bind, readTls } from './binding.ts'
import type { Clock } from './clock.ts'
import type { JudgedSource, Listener, ListenerName, ServeConfig } from './config/config.ts'
import { resolveSecret } from './config/secret-reference.ts'
import type { Health } from './health.ts'
import { Access } from './inputs/access.ts'
import { BodyBudget } from './inputs/body-budget.ts'
import { BodyReader } from './inputs/body-reader.ts'
import { EventJudge } from './inputs/event-judge.ts'
import { followFile } from './inputs/followed-file.ts'
import type { FollowedPlaces } from './inputs/followed-places.ts'
import { type Admission, type CreatedListener, createListener } from './inputs/listener.ts'
import { RefusalLog } from './inputs/refusal-log.ts'
import { SenderRate } from './inputs/sender-rate.ts'
import { alertTaker, eventTaker, type Take } from './inputs/takers.ts'
import { testAlert } from './inputs/test-alert.ts'
import type { Log } from './log.ts'
import type { ServerMetrics } from './metrics/server-metrics.ts'

/** What the inputs need of the server. */
export interface InputParts {
  readonly native: Native
  readonly health: Health
  readonly metrics: ServerMetrics
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  readonly places: FollowedPlaces
}

/** What a configuration makes of the inputs, before it is used. */
export interface PreparedInputs {
  readonly admission: Admission
  readonly judges: ReadonlyMap<JudgedSource, EventJudge>
  readonly config: ServeConfig
}

const JUDGED: readonly JudgedSource[] = ['k8s_audit', 'aws_cloudtrail']

/** See the file. */
export class ServerInputs {
  readonly #parts: InputParts
  readonly #listeners: CreatedListener[] = []
  #prepared: PreparedInputs
  #following = new AbortController()
  #followed: Promise<unknown> = Promise.resolve()

  constructor(parts: InputParts, prepared: PreparedInputs) {
    this.#parts = parts
    this.#prepared = prepared
  }

  /** Reads tokens and rules. Throws `ERR_CONFIG_SECRET`, `ERR_USAGE_RULES`; nothing has changed then. */
  static async prepare(
    parts: Pick<InputParts, 'native' | 'clock'>,
    config: ServeConfig,
  ): Promise<PreparedInputs> {
    const { auth, limits, rules } = config
    const access = new Access(await Promise.all(auth.tokens.map(token => resolveSecret(token))))
    const judges = new Map<JudgedSource, EventJudge>()
    for (const source of JUDGED) {
      if (rules.files[source].length > 0)
        judges.set(source, await EventJudge.open(parts.native, source, rules))
    }
    const bodies = new BodyReader(limits.body, new BodyBudget(limits.bodies))
    const rate = limits.rate === undefined ? undefined : new SenderRate(limits.rate, parts.clock)
    return { admission: { access, bodies, rate }, judges, config }
  }

  /** Binds the listeners; gives their addresses. Rejects with `ERR_LISTEN_*`. */
  async listen(): Promise<Partial<Record<ListenerName, string>>> {
    const { listen } = this.#prepared.config
    const addresses: Partial<Record<ListenerName, string>> = {}
    if (listen.falco !== undefined) {
      addresses.falco = await this.#open('falco', listen.falco, alertTaker(this.#parts.health, 'falco'))
    }
    if (listen.audit !== undefined) {
      addresses.audit = await this.#open('audit', listen.audit, this.#eventTaker('k8s_audit'))
    }
    return addresses
  }

  /** Begins to follow the configured files. */
  follow(): void {
    const { places, clock, random, metrics, log } = this.#parts
    const { follow } = this.#prepared.config
    this.#following = new AbortController()
    const running = follow.map(followed => {
      const { source } = followed
      const take = source === 'falco' ? alertTaker(this.#parts.health, 'follow') : this.#eventTaker(source)
      const following = { followed, take, places, clock, random, metrics, log }
      return followFile(following, this.#following.signal)
    })
    this.#followed = Promise.all(running)
  }

  /** Takes over what was prepared. */
  async exchange(prepared: PreparedInputs, followAnew: boolean): Promise<void> {
    this.#prepared = prepared
    for (const { bound } of this.#listeners) bound(prepared.config.limits)
    if (!followAnew) return
    await this.#endFollowing()
    this.follow()
  }

  /** Takes nothing more; resolves once what was being taken is durable and answered. */
  async close(): Promise<void> {
    await Promise.all([this.#endFollowing(), ...this.#listeners.map(({ app }) => app.close())])
  }

  async #endFollowing(): Promise<void> {
    this.#following.abort()
    await this.#followed
  }

  async #open(name: ListenerName, listener: Listener, take: Take): Promise<string> {
    const { health, metrics, clock, log } = this.#parts
    const created = createListener({
      ...{ name, metrics, clock, take, health },
      refusals: new RefusalLog(name, clock, log),
      tls: await readTls(listener.tls),
      limits: this.#prepared.config.limits,
      admission: () => this.#prepared.admission,
      ...(name === 'falco'
        ? { test: () => take(testAlert(Number(clock.wall() / 1_000_000n), hostname())) }
        : {}),
    })
    this.#listeners.push(created)
    return bind(created.app, name, listener)
  }

  #eventTaker(source: JudgedSource): Take {
    const { health, metrics } = this.#parts
    return eventTaker(health, () => this.#prepared.judges.get(source), source, metrics)
  }
}
