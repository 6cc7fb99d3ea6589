// Binds listeners to their addresses: TCP or a Unix socket that a crash may have left.
// Knows no route. Used by the server.
import { once } from 'node:events'
import { lstat, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { createSecureContext } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import { LannerError, messageOf } from '../error.ts'
import type { Listener, ListenerName, ListenerTls } from './config/config.ts'
import type { TlsFiles } from './inputs/http-app.ts'

/** Listens; gives the address people can use. Rejects with `ERR_LISTEN_ADDRESS`. */
export async function bind(
  app: FastifyInstance,
  name: ListenerName,
  { address, tls }: Listener,
): Promise<string> {
  try {
    if (address.kind === 'unix') {
      await removeLeftSocket(address.path)
      await app.listen({ path: address.path })
      return address.text
    }
    await listen(app, address.host, address.port)
    const bound = app.server.address()
    const port = typeof bound === 'object' && bound !== null ? bound.port : address.port
    const host = address.host.includes(':') ? `[${address.host}]` : address.host
    return `${tls === undefined ? 'http' : 'https'}://${host}:${port}`
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : messageOf(cause)
    throw new LannerError(
      'ERR_LISTEN_ADDRESS',
      `can't listen on \`${address.text}\` (listen.${name}): ${why}`,
      {
        ...(why === 'EADDRINUSE'
          ? { hint: 'another program listens there, maybe another `lanner serve`' }
          : {}),
        facts: { listener: name, address: address.text },
        cause,
      },
    )
  }
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  // `localhost` may be two addresses; fastify binds both, under one port.
  if (host === 'localhost') {
    await app.listen({ host, port })
    return
  }
  // Asked to bind `0.0.0.0`, fastify looks up the machine's interfaces to log them. Where netlink sockets are not permitted, as in the
  // systemd unit, that throws where nobody can catch it.
  await app.ready()
  app.server.listen({ host, port })
  await once(app.server, 'listening')
}

/** Certificates of a listener. Rejects with `ERR_LISTEN_TLS` naming the files. */
export async function readTls(tls: ListenerTls | undefined): Promise<TlsFiles | undefined> {
  if (tls === undefined) return undefined
  const [cert, key] = await Promise.all([pem(tls.cert), pem(tls.key)])
  const ca = tls.clientCa === undefined ? undefined : await pem(tls.clientCa)
  try {
    createSecureContext({ cert, key, ...(ca === undefined ? {} : { ca }) })
  } catch (cause) {
    throw new LannerError(
      'ERR_LISTEN_TLS',
      `\`${tls.cert}\` and \`${tls.key}\` can't be used: ${messageOf(cause)}`,
      {
        exit: 2,
        hint: 'expected a certificate, or a chain that begins with it, and its key without a passphrase, in PEM',
        facts: { file: tls.cert },
        cause,
      },
    )
  }
  return { cert, key, ca }
}

function pem(file: string): Promise<Buffer> {
  return readFile(file).catch((cause: unknown) => {
    const why = messageOf(cause)
    throw new LannerError('ERR_LISTEN_TLS', `certificate or key can't be read: ${why}`, {
      exit: 2,
      facts: { file },
      cause,
    })
  })
}

/** A socket that nobody answers at was left by a process that is gone. Anything else under that name is somebody's. */
async function removeLeftSocket(path: string): Promise<void> {
  const there = await lstat(path).catch(() => undefined)
  if (there === undefined) return
  if (!there.isSocket()) throw new Error('what is there is no socket')
  const alive = await new Promise<boolean>(done => {
    const socket = connect(path)
    socket.once('connect', () => done(true)).once('error', () => done(false))
    socket.once('close', () => undefined)
    socket.once('connect', () => socket.destroy())
  })
  if (!alive) await rm(path, { force: true })
}
