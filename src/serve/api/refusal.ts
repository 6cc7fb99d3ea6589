// Turns what a route threw into an answer: status, stable code, text and hint. Faults of ours say nothing of their inside.
// Logs through the request's log. Used as the error handler of the page's listener.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { LannerError } from '../../error.ts'
import type { ErrorAnswer } from './answers.ts'

const STATUS: Readonly<Record<string, number>> = {
  ERR_QUERY_SYNTAX: 400,
  ERR_API_PARAMETER: 400,
  ERR_API_BODY: 400,
  ERR_STORE_PLACE: 400,
  ERR_JSON_SYNTAX: 400,
  ERR_JSON_DUPLICATE_KEY: 400,
  ERR_JSON_TOO_LARGE: 413,
  ERR_API_LOGIN: 401,
  ERR_API_ORIGIN: 403,
  ERR_API_NOT_FOUND: 404,
  ERR_API_HOST: 421,
  ERR_API_LOGIN_RATE: 429,
  ERR_API_BUSY: 503,
  ERR_QUEUE_FULL: 503,
}

/** Answers with the status that belongs to the error's code. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const status = statusOf(error)
  if (status >= 500) request.log.error(error)
  if (status === 503 || status === 429) void reply.header('retry-after', '1')
  if (status === 401) void reply.header('www-authenticate', 'Bearer')
  void reply.code(status).send(answerOf(error, status))
}

function statusOf(error: unknown): number {
  if (error instanceof LannerError) {
    // A store says what is wrong with a question in its own codes; usage is the asker's.
    return STATUS[error.code] ?? (error.exit === 2 ? 400 : 500)
  }
  const status = isRecord(error) ? error.statusCode : undefined
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500
}

function answerOf(error: unknown, status: number): ErrorAnswer {
  if (error instanceof LannerError) {
    const { code, message, hint, facts } = error
    return { error: { code, message, ...(hint !== undefined && { hint }), facts } }
  }
  if (status < 500 && error instanceof Error) {
    return { error: { code: 'ERR_API_REQUEST', message: error.message } }
  }
  return { error: { code: 'ERR_INTERNAL', message: 'the server could not answer; its log says why' } }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
