// Brings packs of alerts into the stream and waits until JetStream has them on disk. Cuts nothing.
// Used by `jetstream.ts`.
import type { JetStreamClient } from '@nats-io/jetstream'
import type { MsgHdrs } from '@nats-io/transport-node'
import type { LannerError } from '../../error.ts'
import { type AlertPack, ENTRIES_HEADER, entriesOf, INPUT_HEADER } from './alert-pack.ts'
import { offline, publishFault } from './jetstream-fault.ts'
import type { NatsLink } from './nats-link.ts'
import { pause } from './pause.ts'

/** A pack and where it came from. */
export interface Publication {
  readonly pack: AlertPack
  readonly input: string
}

/** What the publisher works with. */
export interface PublisherParts {
  readonly link: NatsLink
  readonly client: JetStreamClient
  readonly subject: string
  readonly headers: () => MsgHdrs
  /** Milliseconds for one pack, with everything tried again in between. */
  readonly patience: number
}

/** Packs under way at once, of all bodies: enough to hide the way there and back, few enough for a busy server. */
const WINDOW = 64
/** Milliseconds between attempts when the server is there but JetStream isn't yet. */
const PAUSE = 100

/** See the file. */
export class Publisher {
  readonly #parts: PublisherParts
  #underWay = 0
  readonly #waiting: (() => void)[] = []

  constructor(parts: PublisherParts) {
    this.#parts = parts
  }

  /**
   * Resolves once all are stored. The first goes alone: when it is refused, nothing was kept, and a queue that is full or away is
   * mostly found out so.
   */
  async publish(publications: readonly Publication[]): Promise<void> {
    const [first, ...others] = publications
    if (first === undefined) return
    await this.#admitted(first)
    const results = await Promise.allSettled(others.map(other => this.#admitted(other)))
    const failed = results.find(result => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  async #admitted(publication: Publication): Promise<void> {
    if (this.#underWay >= WINDOW) await new Promise<void>(go => this.#waiting.push(go))
    else this.#underWay += 1
    try {
      await this.#persistently(publication)
    } finally {
      // Whoever waits longest takes over the place.
      const next = this.#waiting.shift()
      if (next === undefined) this.#underWay -= 1
      else next()
    }
  }

  /** A pack whose connection is lost is sent again, and recognised by its digest if it had arrived. */
  async #persistently(publication: Publication): Promise<void> {
    const { link, patience } = this.#parts
    if (!link.isUp) throw offline(link.server)
    const end = new AbortController()
    const timer = setTimeout(() => end.abort(), patience)
    try {
      for (;;) {
        const fault = await this.#attempt(publication)
        if (fault === undefined) return
        if (fault.code !== 'ERR_QUEUE_OFFLINE') throw fault
        await pause(PAUSE, end.signal)
        await link.whenUp(end.signal)
        if (end.signal.aborted) throw fault
      }
    } finally {
      clearTimeout(timer)
    }
  }

  async #attempt({ pack, input }: Publication): Promise<LannerError | undefined> {
    const { client, link, subject, patience } = this.#parts
    const headers = this.#parts.headers()
    headers.set(ENTRIES_HEADER, entriesOf(pack))
    headers.set(INPUT_HEADER, input)
    const stored = client.publish(subject, pack.lines, {
      msgID: pack.digest,
      headers,
      timeout: patience,
      retries: 1,
    })
    try {
      await untilLoss(link, stored)
      return undefined
    } catch (cause) {
      return publishFault(link.server, subject, cause)
    }
  }
}

/** As `promise`, or a rejection as soon as the connection is lost: no answer comes any more. */
function untilLoss<Result>(link: NatsLink, promise: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const forget = link.onLoss(() => reject(offline(link.server)))
    promise.then(resolve, reject).finally(forget)
  })
}
