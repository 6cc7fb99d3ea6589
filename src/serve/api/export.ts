// GET /api/v2/export: every alert that matches, a line each, newest first, as a file; or a few as one signed envelope.
// Reads a page at a time and only as fast as it is taken. Used by the page's export buttons and by scripts.
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { LannerError } from '../../error.ts'
import type { AlertQuery, AlertStore } from '../store/store.ts'
import type { Gate } from './gate.ts'
import { type Parameters, requestedQuery, requestedText } from './request-query.ts'

const PAGE = 500
/** Alerts in one envelope: each carries its own proof. */
const ENVELOPE = 1000

/** Makes one signed envelope of the alerts with these ids, with proofs that they were received. */
export type SelectionEnvelope = (ids: readonly string[]) => Promise<Uint8Array>

/** What the route works with. */
export interface ExportParts {
  readonly store: AlertStore
  readonly gate: Gate
  readonly envelope?: SelectionEnvelope
  /** Nanoseconds since 1970. */
  readonly now: () => bigint
}

/** Registers the route. */
export function exportRoute(app: FastifyInstance, parts: ExportParts): void {
  app.get('/api/v2/export', async (request: FastifyRequest, reply) => {
    const parameters = request.query as Parameters
    const query = requestedQuery(parameters, parts.now())
    const format = requestedText(parameters, 'format') ?? 'jsonl'
    if (format === 'jsonl') return sendLines(reply, parts, query)
    if (format === 'envelope' && parts.envelope !== undefined) {
      return sendEnvelope(reply, parts.store, query, parts.envelope)
    }
    throw new LannerError('ERR_API_PARAMETER', `parameter \`format\`: \`${format}\` is not offered here`, {
      exit: 2,
      ...(format === 'envelope' && { hint: 'signed exports need `seal` in the configuration' }),
    })
  })
}

async function sendLines(
  reply: FastifyReply,
  { store, gate }: ExportParts,
  query: AlertQuery,
): Promise<unknown> {
  await gate.enter()
  const stream = Readable.from(linesOf(store, query), { objectMode: false, highWaterMark: 1 << 20 })
  // Also when the reader goes away before the first byte.
  stream.once('close', () => gate.leave())
  return reply
    .header('content-type', 'application/x-ndjson; charset=utf-8')
    .header('content-disposition', 'attachment; filename="alerts.jsonl"')
    .send(stream)
}

async function* linesOf(store: AlertStore, query: AlertQuery): AsyncGenerator<Buffer> {
  let after: string | undefined
  do {
    const page = await store.search(query, { limit: PAGE, ...(after !== undefined && { after }) })
    if (page.alerts.length > 0) yield Buffer.from(`${page.alerts.join('\n')}\n`)
    after = page.next
  } while (after !== undefined)
}

async function sendEnvelope(
  reply: FastifyReply,
  store: AlertStore,
  query: AlertQuery,
  envelope: SelectionEnvelope,
): Promise<unknown> {
  const ids: string[] = []
  for await (const lines of linesOf(store, query)) {
    for (const line of lines.toString().trimEnd().split('\n')) ids.push(idOf(line))
    if (ids.length > ENVELOPE) {
      throw new LannerError('ERR_API_PARAMETER', `more than ${ENVELOPE} alerts for one envelope`, {
        exit: 2,
        hint: 'narrow the search',
      })
    }
  }
  return reply
    .header('content-type', 'application/vnd.dsse.envelope.v1+json')
    .header('content-disposition', 'attachment; filename="alerts.dsse.json"')
    .send(Buffer.from(await envelope(ids)))
}

function idOf(line: string): string {
  const { uuid } = JSON.parse(line) as { uuid?: unknown }
  if (typeof uuid !== 'string') throw new LannerError('ERR_STORE_LINE', 'a stored alert has no uuid')
  return uuid
}
