// A client of Archivista: stores envelopes, fetches them by gitoid, asks its index. What comes back is recomputed, never believed.
// Knows the server's oddities, and no policy. Used by `archive`, `bundle create`, `run` and `verify`.
import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import * as z from 'zod/mini'
import { READABLE } from '../envelope/shape.ts'
import { LannerError } from '../error.ts'
import { type GitoidFile, gitoidOf } from './gitoid.ts'
import { exchange, type HttpRequest } from './http.ts'
import { type Clock, isTransient, SYSTEM_CLOCK, withRetry } from './retry.ts'

/** Where the server is and how patient we are. */
export interface ArchivistaOptions {
  readonly server: URL
  /** Sent with every request; may hold a token. */
  readonly headers: Readonly<Record<string, string>>
  readonly clock?: Clock
  readonly attempts?: number
  readonly milliseconds?: number
  readonly bytes?: number
}

/** How an upload ended. */
export interface Uploaded {
  readonly gitoid: string
  /** Whether the server had it before. */
  readonly known: boolean
}

/** What cilock reads at most; a larger envelope could be stored and never be fetched. */
export const MAX_ENVELOPE = 512 << 20
const MAX_ANSWER = 64 << 20
const MILLISECONDS = 120_000
const ATTEMPTS = 4

const stored = z.object({ gitoid: z.string() })
const graphAnswer = z.object({
  data: z.unknown(),
  errors: z.nullish(z.array(z.looseObject({ message: z.string() }))),
})

/** One server. Prints as its address: the headers are private. */
export class Archivista {
  readonly server: URL
  readonly #headers: Readonly<Record<string, string>>
  readonly #clock: Clock
  readonly #attempts: number
  readonly #milliseconds: number
  readonly #bytes: number

  constructor(options: ArchivistaOptions) {
    this.server = options.server
    this.#headers = options.headers
    this.#clock = options.clock ?? SYSTEM_CLOCK
    this.#attempts = options.attempts ?? ATTEMPTS
    this.#milliseconds = options.milliseconds ?? MILLISECONDS
    this.#bytes = options.bytes ?? MAX_ENVELOPE
  }

  /** Stores the bytes of `file`. An envelope that is there already counts as stored. Throws `ERR_ARCHIVE_*`. */
  async upload(file: string): Promise<Uploaded> {
    const local = await gitoidOf(file)
    if (local.size > this.#bytes) {
      throw new LannerError('ERR_ARCHIVE_TOO_LARGE', `\`${file}\` is larger than ${this.#bytes} bytes`, {
        facts: { file, limit: this.#bytes },
        hint: 'no client could fetch it again; `--attestor-falco-events digest` keeps the events out of the envelope',
      })
    }
    return withRetry(this.#clock, this.#attempts, () => this.#uploadOnce(file, local))
  }

  /** Fetches into a new file in `directory` and gives its path. Throws `ERR_ARCHIVE_GITOID` when the bytes are others. */
  async download(gitoid: string, directory: string): Promise<string> {
    try {
      return await withRetry(this.#clock, this.#attempts, () => this.#downloadOnce(gitoid, directory))
    } catch (thrown) {
      throw isTransient(thrown) ? unknownPerhaps(thrown as LannerError) : thrown
    }
  }

  /** Asks the index. Throws `ERR_ARCHIVE_QUERY` for what the server refuses. */
  async query<Shape extends z.ZodMiniType>(
    query: string,
    variables: Readonly<Record<string, unknown>>,
    shape: Shape,
  ): Promise<z.output<Shape>> {
    const request = this.#request('POST', 'query', 'application/json', bodyOf({ query, variables }))
    const answer = await withRetry(this.#clock, this.#attempts, () => this.#json(request, graphAnswer))
    const [fault] = answer.errors ?? []
    if (fault !== undefined) {
      const text = fault.message.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').slice(0, 500)
      throw new LannerError('ERR_ARCHIVE_QUERY', `${this.server.origin} refused the search: ${text}`)
    }
    const data = shape.safeParse(answer.data, READABLE)
    if (data.success) return data.data
    throw this.#malformed(data.error.issues[0])
  }

  async #uploadOnce(file: string, { gitoid, size }: GitoidFile): Promise<Uploaded> {
    const open = (): Readable => createReadStream(file, size === 0 ? {} : { end: size - 1 })
    const request = this.#request('POST', 'upload', 'application/json', { length: size, open })
    try {
      const answer = await this.#json(request, stored)
      if (answer.gitoid === gitoid) return { gitoid, known: false }
    } catch (thrown) {
      if (!(thrown instanceof LannerError) || thrown.facts.status !== 500) throw thrown
      const state = await this.#stateOf(gitoid)
      if (state === 'indexed') return { gitoid, known: true }
      throw state === 'stored' ? unindexed(thrown) : thrown
    }
    throw new LannerError(
      'ERR_ARCHIVE_GITOID',
      `${this.server.origin} stored something else than \`${file}\``,
      {
        facts: { file, expected: gitoid },
      },
    )
  }

  /**
   * What the server has of an envelope. A duplicate is answered by 500, but so is whatever its database refuses, and by then
   * the bytes are stored: only the index tells the two apart.
   */
  async #stateOf(gitoid: string): Promise<'indexed' | 'stored' | 'absent'> {
    try {
      await this.#discard(gitoid)
    } catch {
      return 'absent'
    }
    const query =
      'query ($gitoid: String!) { dsses(where: {gitoidSha256: $gitoid}) { edges { node { gitoidSha256 } } } }'
    const request = this.#request(
      'POST',
      'query',
      'application/json',
      bodyOf({ query, variables: { gitoid } }),
    )
    try {
      const { data } = await this.#json(request, graphAnswer)
      return JSON.stringify(data ?? null).includes(gitoid) ? 'indexed' : 'stored'
    } catch (thrown) {
      // A server without an index has nothing but the bytes, and those were just compared.
      return thrown instanceof LannerError && thrown.facts.status === 404 ? 'indexed' : 'stored'
    }
  }

  /** Reads the stored bytes for their digest alone. */
  async #discard(gitoid: string): Promise<void> {
    const { tmpdir } = await import('node:os')
    await unlink(await this.#downloadOnce(gitoid, tmpdir()))
  }

  async #downloadOnce(gitoid: string, directory: string): Promise<string> {
    const file = join(directory, `lanner-${randomUUID()}.json`)
    // `wx` is O_EXCL: nobody can have put a link there for us to write through.
    const handle = await open(file, 'wx', 0o600)
    try {
      try {
        const limits = { milliseconds: this.#milliseconds, bytes: this.#bytes }
        await exchange(this.#request('GET', `download/${gitoid}`), limits, async body => {
          for await (const chunk of body) await handle.writeFile(chunk)
        })
      } finally {
        await handle.close()
      }
      // The header of a gitoid holds the length, so the digest can't be taken before all has come.
      const found = await gitoidOf(file)
      if (found.gitoid === gitoid) return file
      throw new LannerError(
        'ERR_ARCHIVE_GITOID',
        `${this.server.origin} sent other bytes than asked for: their gitoid is ${found.gitoid}`,
        { exit: 1, facts: { expected: gitoid } },
      )
    } catch (thrown) {
      await unlink(file).catch(() => undefined)
      throw thrown
    }
  }

  async #json<Shape extends z.ZodMiniType>(request: HttpRequest, shape: Shape): Promise<z.output<Shape>> {
    const limits = { milliseconds: this.#milliseconds, bytes: MAX_ANSWER }
    const text = await exchange(request, limits, async body => {
      const pieces: Buffer[] = []
      for await (const piece of body) pieces.push(piece)
      return Buffer.concat(pieces).toString('utf8')
    })
    const parsed = shape.safeParse(parseJson(text), READABLE)
    if (parsed.success) return parsed.data
    throw this.#malformed(parsed.error.issues[0])
  }

  #request(
    method: 'GET' | 'POST',
    path: string,
    contentType?: string,
    body?: NonNullable<HttpRequest['body']>,
  ): HttpRequest {
    const url = new URL(this.server)
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`
    const type = contentType === undefined ? {} : { 'content-type': contentType }
    const headers = { 'user-agent': 'lanner', ...type, ...this.#headers }
    return { method, url, headers, ...(body === undefined ? {} : { body }) }
  }

  #malformed(issue: z.core.$ZodIssue | undefined): LannerError {
    const at = issue === undefined ? '' : ` (${['answer', ...issue.path].join('.')}: ${issue.message})`
    return new LannerError(
      'ERR_ARCHIVE_ANSWER',
      `${this.server.origin} doesn't answer like Archivista${at}`,
      {
        hint: 'check `--archivista-server`: paths are taken below it, `URL/upload` and so on',
      },
    )
  }
}

function bodyOf(value: unknown): NonNullable<HttpRequest['body']> {
  const bytes = Buffer.from(JSON.stringify(value))
  return { length: bytes.length, open: () => Readable.from([bytes]) }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The object store has the bytes, and no search finds them. */
function unindexed({ code, message, facts, cause }: LannerError): LannerError {
  const hint = 'the server keeps the bytes, but its index refused them: no search will find this envelope'
  return new LannerError(code, message, { facts, cause, hint })
}

/** With files as its store the server says 500 for what it does not have. */
function unknownPerhaps({ code, message, facts, cause }: LannerError): LannerError {
  const hint = facts.status === 500 ? 'Archivista answers 500 for a gitoid it does not have' : undefined
  return new LannerError(code, message, { facts, cause, ...(hint === undefined ? {} : { hint }) })
}
