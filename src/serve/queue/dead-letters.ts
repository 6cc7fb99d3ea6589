// Alerts that an output could not deliver, kept with the reason until someone has them tried again or drops them.
// One database file, which the server and `lanner serve queue` use at the same time. Delivers nothing itself.
import { toLannerError } from '../../native/failure.ts'
import { type DeadLetterFile, openNative } from '../../native/native.ts'

/** A delivery that is given up. */
export interface Burial {
  /** Name of the output. */
  readonly output: string
  /** UUID of the alert, and its canonical line. */
  readonly alert: { readonly id: string; readonly line: string }
  readonly attempts: number
  /** When it was tried first and failed last: nanoseconds since 1970. */
  readonly first: bigint
  readonly last: bigint
  /** What went wrong last. */
  readonly error: string
}

/** One that is kept. */
export interface DeadLetter extends Burial {
  /** Rises with every new letter. */
  readonly id: number
  /** Whether it is to be tried again. */
  readonly due: boolean
}

/** Which letters: of one output, or these; all without either. */
export interface LetterChoice {
  readonly output?: string
  readonly ids?: readonly number[]
}

/** Opens the database, and makes it when there is none. Rejects with `ERR_STORE_*`. */
export async function openDeadLetters(path: string): Promise<DeadLetters> {
  const native = await openNative()
  return new DeadLetters(await native.openDeadLetters(path).catch(fail))
}

/** See the file. Every method may reject with `ERR_STORE_*`. */
export class DeadLetters {
  readonly #file: DeadLetterFile

  constructor(file: DeadLetterFile) {
    this.#file = file
  }

  /** Keeps them, all or none. An alert that is there for its output takes the new reason; its attempts add up, and it is not due. */
  async bury(burials: readonly Burial[]): Promise<void> {
    const records = burials.map(({ alert, ...rest }) => ({ ...rest, alert: alert.id, line: alert.line }))
    await this.#file.bury(records).catch(fail)
  }

  /** Letters behind the one with the id `after`, of one output or of all. */
  async list(page: {
    readonly output?: string
    readonly limit: number
    readonly after?: number
  }): Promise<DeadLetter[]> {
    const { output, limit, after = 0 } = page
    return (await this.#file.list(output, limit, after).catch(fail)).map(letter)
  }

  /** Letters of an output that are to be tried again, oldest first. They stay until they are dropped, or buried anew. */
  async due(output: string, limit: number): Promise<DeadLetter[]> {
    return (await this.#file.due(output, limit).catch(fail)).map(letter)
  }

  /** Has them tried again; gives how many were not due before. */
  retry({ output, ids }: LetterChoice): Promise<number> {
    return this.#file.retry(output, ids === undefined ? undefined : [...ids]).catch(fail)
  }

  /** Forgets them; gives how many. */
  drop({ output, ids }: LetterChoice): Promise<number> {
    return this.#file.dropLetters(output, ids === undefined ? undefined : [...ids]).catch(fail)
  }

  /** How many each output has; outputs without are absent. */
  async counts(): Promise<ReadonlyMap<string, number>> {
    const counts = await this.#file.counts().catch(fail)
    return new Map(counts.map(({ output, count }) => [output, count]))
  }

  async close(): Promise<void> {
    await this.#file.close().catch(fail)
  }
}

type LetterRecord = Awaited<ReturnType<DeadLetterFile['list']>>[number]

function letter({ id = 0, due = false, output, alert, line, attempts, first, last, error }: LetterRecord): DeadLetter {
  return { id, due, output, alert: { id: alert, line }, attempts, first, last, error }
}

function fail(thrown: unknown): never {
  throw toLannerError(thrown)
}
