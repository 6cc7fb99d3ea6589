// Which of the queue's alerts go to one output, and by which route. An output gets an alert once: by the first of its routes that
// takes it. Conditions are judged natively, a batch at once. Used by the pipeline, one for each output.
import type { Native, RouteBook } from '../../native/native.ts'
import type { RouteConfig } from '../config/config.ts'
import type { AlertBatch } from '../queue/queue.ts'
import { compileRoutes } from './route-book.ts'

/** The alert does not go to this output. */
export const NOWHERE = -1
/** There are no routes: every alert goes to every output. */
export const EVERYWHERE = -2

/** What the routes say of a batch. */
export interface Routed {
  /** For each alert the position of its route in the configuration, {@link NOWHERE} or {@link EVERYWHERE}. */
  readonly routes: Int32Array
  /** How many of them conditions could not read; they go by the first route of this output, whatever would mute them. */
  readonly unjudged: number
}

/** See the file. */
export class OutputRouter {
  readonly #native: Native
  readonly #all: boolean
  /** Routes that matter: those of the output, and those that end the search before one of them. */
  readonly #routes: readonly { readonly index: number; readonly own: boolean; readonly last: boolean }[]
  readonly #configs: readonly RouteConfig[]
  #book: RouteBook | undefined

  /** `routes` are all of the configuration; their conditions must be without fault. */
  constructor(native: Native, routes: readonly RouteConfig[], output: string) {
    this.#native = native
    this.#all = routes.length === 0
    const known = routes.map((route, index) => ({
      index,
      own: route.outputs.includes(output),
      last: !route.continue,
    }))
    const end = known.findLastIndex(({ own }) => own) + 1
    this.#routes = known.slice(0, end).filter(({ own, last }) => own || last)
    this.#configs = this.#routes.map(({ index }) => routes[index]).filter(route => route !== undefined)
  }

  /** Whether any alert can come here. */
  get reachable(): boolean {
    return this.#all || this.#routes.length > 0
  }

  /** The route of each alert. */
  async route(batch: Pick<AlertBatch, 'count' | 'lines'>): Promise<Routed> {
    const routes = new Int32Array(batch.count).fill(this.#all ? EVERYWHERE : NOWHERE)
    if (this.#routes.length === 0) return { routes, unjudged: 0 }
    this.#book ??= compileRoutes(this.#native, this.#configs)
    const { sets, unjudged } = await this.#book.judge(batch.lines)
    const { words } = this.#book
    for (let alert = 0; alert < batch.count; alert += 1) {
      routes[alert] = this.#first(sets, alert * words)
    }
    const own = this.#routes.find(route => route.own)
    for (const alert of unjudged) routes[alert] = own?.index ?? NOWHERE
    return { routes, unjudged: unjudged.length }
  }

  #first(sets: Uint32Array, from: number): number {
    for (const [place, { index, own, last }] of this.#routes.entries()) {
      if ((((sets[from + (place >> 5)] ?? 0) >>> (place & 31)) & 1) === 0) continue
      if (own) return index
      if (last) return NOWHERE
    }
    return NOWHERE
  }
}
