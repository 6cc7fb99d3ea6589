// What went wrong with NATS, said as `ERR_QUEUE_*`: what it is, and what can be done about it. Names a server by host and port only,
// never by its credentials. Used by everything of the queue that talks to JetStream.
import { LannerError } from '../../error.ts'

/** How JetStream says that a stream holds as much as it may; its text tells it from other faults of storing. */
const FULL = /maximum (?:bytes|messages) exceeded/
/** JetStream: storage of the server or of the account used up. */
const STORAGE_CODES: ReadonlySet<number> = new Set([10002, 10023, 10028, 10047])

/** A number of JetStream's own, as 10077. */
function errorCode(cause: unknown): number | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'number' ? cause.code : undefined
}

/** The innermost text: the client wraps what happened in errors named for the request. */
export function faultText(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return cause.cause instanceof Error && cause.message === '' ? faultText(cause.cause) : cause.message
}

function named(cause: unknown, name: string): boolean {
  return cause instanceof Error && (cause.name === name || named(cause.cause, name))
}

/** Why no connection came about. */
export function connectionFault(server: string, cause: unknown): LannerError {
  const text = faultText(cause)
  if (/authorization|authentication/i.test(text) || named(cause, 'AuthorizationError')) {
    return queueFault('ERR_QUEUE_DENIED', `the NATS server ${server} refused the credentials`, cause, {
      hint: 'give user and password, a token, an nkey or a credentials file that this server knows',
    })
  }
  if (/certificate|self.signed|tls|ssl|altname|handshake/i.test(text)) {
    return queueFault('ERR_QUEUE_TLS', `no TLS with the NATS server ${server}: ${text}`, cause, {
      hint: 'name the authority of its certificate, and a certificate of ours if it asks for one',
    })
  }
  return queueFault('ERR_QUEUE_OFFLINE', `no NATS server answers at ${server}: ${text}`, cause, {
    hint: 'check that it runs and that its address and port are right',
  })
}

/** Why the stream or a consumer couldn't be looked at, made or changed. */
export function setupFault(server: string, what: string, cause: unknown): LannerError {
  if (named(cause, 'JetStreamNotEnabled') || errorCode(cause) === 10039) {
    return queueFault('ERR_QUEUE_NO_JETSTREAM', `the NATS server ${server} has no JetStream for us`, cause, {
      hint: 'start it with `-js`, or enable JetStream for this account',
    })
  }
  if (named(cause, 'PermissionViolationError')) {
    return queueFault('ERR_QUEUE_DENIED', `the NATS server ${server} permits no ${what}`, cause, {
      hint: "the user needs to publish to `$JS.API.>`, `$JS.ACK.>` and the stream's subject, and to subscribe to `_INBOX.>`",
    })
  }
  if (STORAGE_CODES.has(errorCode(cause) ?? 0)) {
    return queueFault('ERR_QUEUE_STREAM', `the NATS server ${server} has no room for ${what}`, cause, {
      hint: 'ask for a smaller limit, or give JetStream more storage',
    })
  }
  if (errorCode(cause) !== undefined) {
    return queueFault('ERR_QUEUE_STREAM', `no ${what}: ${faultText(cause)}`, cause)
  }
  return queueFault('ERR_QUEUE_OFFLINE', `the NATS server ${server} gave no answer about the ${what}`, cause)
}

/** Why alerts weren't stored. */
export function publishFault(server: string, subject: string, cause: unknown): LannerError {
  const text = faultText(cause)
  if (FULL.test(text) || STORAGE_CODES.has(errorCode(cause) ?? 0)) {
    return queueFault('ERR_QUEUE_FULL', `the queue is full: ${text}`, cause, {
      hint: 'see which consumer is behind, or raise the limit of the queue',
    })
  }
  if (named(cause, 'PermissionViolationError')) {
    return queueFault(
      'ERR_QUEUE_DENIED',
      `the NATS server ${server} lets us publish nothing to ${subject}`,
      cause,
    )
  }
  if (errorCode(cause) !== undefined && errorCode(cause) !== 503) {
    return queueFault('ERR_QUEUE_WRITE', `JetStream didn't store: ${text}`, cause)
  }
  return offline(server, cause)
}

/** The connection is down, or nobody answers on it. */
export function offline(server: string, cause?: unknown): LannerError {
  return queueFault('ERR_QUEUE_OFFLINE', `the NATS server ${server} can't be reached`, cause, {
    hint: 'nothing is accepted until it is back; the connection is tried again all the time',
  })
}

function queueFault(
  code: string,
  message: string,
  cause: unknown,
  details: { readonly hint?: string } = {},
): LannerError {
  return new LannerError(code, message, { ...details, ...(cause === undefined ? {} : { cause }) })
}
