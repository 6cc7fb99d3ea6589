// A strict stand-in for Archivista on 127.0.0.1: its paths, statuses, index and oddities; unknown fields are refused.
// Keeps everything in memory and can be told to fail. Used by the tests of `archive`, `bundle`, `run` and `verify`.
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'
import { type Field, parseQuery } from './graphql.ts'

/** How the next request, or the next one to `on`, goes wrong. */
export type Fault = { readonly on?: 'upload' | 'download' | 'query' } & FaultKind

type FaultKind =
  | { readonly kind: 'status'; readonly status: number; readonly location?: string }
  /** The connection is cut: before or amid the body, after it was stored, or amid the answer. */
  | { readonly kind: 'cut'; readonly when: 'before' | 'receiving' | 'stored' | 'answering' }
  /** No answer ever comes. */
  | { readonly kind: 'silence' }
  /** One byte of the answer is changed. */
  | { readonly kind: 'tamper' }

interface Row {
  readonly predicate: string
  readonly digests: readonly string[]
  readonly collection: { readonly name: string; readonly types: readonly string[] } | undefined
}

/** A running server. */
export interface StandIn {
  readonly url: string
  readonly stored: Map<string, Buffer>
  readonly index: Map<string, Row>
  /** Faults of the requests to come; one is used up by each. */
  readonly faults: Fault[]
  /** `METHOD path` of every request so far. */
  readonly log: string[]
  readonly headers: IncomingMessage['headers'][]
}

/** Archivista indexes collections of this type alone. */
const INDEXED = 'https://witness.testifysec.com/attestation-collection/v0.1'

export const gitoid = (bytes: Uint8Array): string =>
  createHash('sha256').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')

/** Starts a server that stops with the test. */
export async function standIn(t: ExecutionContext): Promise<StandIn> {
  const state = { stored: new Map(), index: new Map(), faults: [], log: [], headers: [], url: '' } as {
    -readonly [Key in keyof StandIn]: StandIn[Key]
  }
  const server = createServer((request, response) => {
    void serve(state, request, response).catch(() => response.destroy())
  })
  await new Promise<void>(ready => server.listen(0, '127.0.0.1', ready))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return state
}

async function serve(state: StandIn, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '').replace(/^\/v1\//, '/')
  state.log.push(`${request.method} ${path}`)
  state.headers.push(request.headers)
  const next = state.faults.findIndex(({ on }) => on === undefined || path.startsWith(`/${on}`))
  const fault = next === -1 ? undefined : state.faults.splice(next, 1)[0]
  if (fault?.kind === 'status') {
    const location = fault.location === undefined ? {} : { location: fault.location }
    response.writeHead(fault.status, location).end('as told\u001b[31m\n')
    return
  }
  if (fault?.kind === 'silence') return
  if (fault?.kind === 'cut' && fault.when === 'before') return void request.destroy()
  if (fault?.kind === 'cut' && fault.when === 'receiving') {
    request.once('data', () => request.destroy())
    return
  }
  const body = Buffer.concat(await request.toArray())
  const [status, text] = answer(state, request.method ?? '', path, body)
  if (fault?.kind === 'cut' && fault.when === 'stored') return void request.socket.destroy()
  if (fault?.kind === 'cut') {
    response.writeHead(status, { 'content-length': text.length })
    response.write(text.subarray(0, text.length >> 1), () => request.socket.destroy())
    return
  }
  const sent = Buffer.from(text)
  if (fault?.kind === 'tamper') sent[sent.length >> 1] = (sent[sent.length >> 1] ?? 0) ^ 1
  response.writeHead(status, { 'content-type': 'text/plain' }).end(sent)
}

function answer(state: StandIn, method: string, path: string, body: Buffer): [number, Buffer] {
  if (path === '/upload') {
    return method === 'POST' ? upload(state, body) : [400, Buffer.from('wrong method\n')]
  }
  if (path.startsWith('/download/')) {
    const bytes = state.stored.get(path.slice('/download/'.length))
    return bytes === undefined ? [500, Buffer.from('open: no such file\n')] : [200, bytes]
  }
  if (path === '/query') return [200, Buffer.from(JSON.stringify(graph(state, body)))]
  return [404, Buffer.from('404 page not found\n')]
}

/** The bytes are stored before anybody looks at them. */
function upload(state: StandIn, body: Buffer): [number, Buffer] {
  const id = gitoid(body)
  state.stored.set(id, body)
  try {
    if (state.index.has(id)) throw new Error('UNIQUE constraint failed: dsse.gitoid_sha256')
    state.index.set(id, rowOf(body))
    return [200, Buffer.from(`${JSON.stringify({ gitoid: id })}\n`)]
  } catch (thrown) {
    return [500, Buffer.from(`${thrown}\n`)]
  }
}

function rowOf(body: Buffer): Row {
  const { payload, signatures } = JSON.parse(body.toString())
  for (const { sig } of signatures) if (sig === '') throw new Error('empty signature')
  const { predicateType, predicate, subject } = JSON.parse(Buffer.from(payload, 'base64').toString())
  if (predicateType === '') throw new Error('empty predicate type')
  for (const { name } of subject) if (name === '') throw new Error('empty subject name')
  return {
    predicate: predicateType,
    digests: subject.flatMap(({ digest }: { digest: Record<string, string> }) => Object.values(digest)),
    collection:
      predicateType !== INDEXED
        ? undefined
        : { name: predicate.name, types: predicate.attestations.map(({ type }: { type: string }) => type) },
  }
}

function graph(state: StandIn, body: Buffer): unknown {
  try {
    const { query, variables, ...rest } = JSON.parse(body.toString())
    if (Object.keys(rest).length > 0) throw new Error('unknown member of the request')
    const [root, ...more] = parseQuery(query, variables)
    if (root?.name !== 'dsses' || more.length > 0) throw new Error('expected dsses')
    return { data: { dsses: connection(state, root) } }
  } catch (thrown) {
    return { errors: [{ message: String(thrown) }], data: null }
  }
}

function connection(state: StandIn, { args, fields }: Field): unknown {
  const { where = {}, first, after, ...rest } = args
  if (Object.keys(rest).length > 0) throw new Error(`unknown argument ${Object.keys(rest)}`)
  const all = [...state.index].filter(([id, row]) => matches(id, row, where as Record<string, unknown>))
  const from = after === undefined || after === null ? 0 : all.findIndex(([id]) => id === after) + 1
  const page = all.slice(from, typeof first === 'number' ? from + first : undefined)
  const whole = {
    edges: page.map(([id, row]) => ({ node: nodeOf(id, row), cursor: id })),
    pageInfo: { hasNextPage: from + page.length < all.length, endCursor: page.at(-1)?.[0] ?? null },
    totalCount: all.length,
  }
  return select(whole, fields)
}

const nodeOf = (id: string, { predicate, collection }: Row): unknown => ({
  gitoidSha256: id,
  statement: {
    predicate,
    attestationCollections:
      collection === undefined
        ? null
        : { name: collection.name, attestations: collection.types.map(type => ({ type })) },
  },
})

type Condition = Record<string, (row: Row, value: never, id: string) => boolean>

/** Every condition of `where` must hold; one that is not known is refused. */
function holds(conditions: Condition, id: string, row: Row, where: Record<string, unknown>): boolean {
  return Object.entries(where).every(([name, value]) => {
    const condition = conditions[name]
    if (condition === undefined) throw new Error(`unknown field ${name}`)
    return condition(row, value as never, id)
  })
}

const COLLECTION: Condition = {
  name: (row, name) => row.collection?.name === name,
  hasAttestationsWith: (row, { typeIn }: { typeIn: string[] }) =>
    row.collection?.types.some(type => typeIn.includes(type)) === true,
}
const STATEMENT: Condition = {
  predicateIn: (row, types: string[]) => types.includes(row.predicate),
  hasSubjectsWith: (
    row,
    { hasSubjectDigestsWith: { valueIn } }: { hasSubjectDigestsWith: { valueIn: string[] } },
  ) => row.digests.some(digest => valueIn.includes(digest)),
  hasAttestationCollectionsWith: (row, where: Record<string, unknown>) =>
    row.collection !== undefined && holds(COLLECTION, '', row, where),
}
const DSSE: Condition = {
  gitoidSha256: (_, value, id) => id === value,
  hasStatementWith: (row, where: Record<string, unknown>) => holds(STATEMENT, '', row, where),
}

const matches = (id: string, row: Row, where: Record<string, unknown>): boolean => holds(DSSE, id, row, where)

function select(value: unknown, fields: readonly Field[]): unknown {
  if (fields.length === 0 || value === null) return value
  if (Array.isArray(value)) return value.map(each => select(each, fields))
  return Object.fromEntries(
    fields.map(({ name, fields: below }) => {
      if (typeof value !== 'object' || !(name in (value as object))) throw new Error(`unknown field ${name}`)
      return [name, select(Reflect.get(value as object, name), below)]
    }),
  )
}
