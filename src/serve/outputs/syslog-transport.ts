// How syslog messages travel: framed on a kept TCP or TLS connection, or each as a datagram.
// Knows nothing of what is in them. Used by `syslog.ts`.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, isIPv6, type Socket } from 'node:net'
import { connect as connectSecure } from 'node:tls'
import type { AcceptedAlert } from '../alert.ts'
import { wayFault } from './http-client.ts'
import { KeptConnection, untilAborted } from './kept-connection.ts'
import type { Opening } from './opening.ts'
import type { Output } from './output.ts'
import { throwRefused } from './portions.ts'
import type { SyslogConfig } from './syslog.ts'

type Encode = (alert: AcceptedAlert) => Buffer

/** What fits into one datagram over IPv4. */
const MAX_DATAGRAM = 65_507

/** Over TCP or TLS. */
export function openStream(config: SyslogConfig, encode: Encode, opening: Opening): Output {
  const { host, protocol, framing } = config
  const port = config.port ?? (protocol === 'tls' ? 6514 : 514)
  const tls = protocol === 'tls' ? opening.tls(config.tls) : undefined
  const connection = new KeptConnection<Socket>({
    receiver: `syslog ${host}:${port}`,
    open: async (lost, signal) => {
      const plain = tls === undefined
      const socket = plain
        ? connect({ host, port })
        : connectSecure({ host, port, servername: isName(host), ...tls })
      // A server that ends its side reads no more: what would be written from now on would be lost.
      for (const event of ['error', 'end', 'close']) socket.on(event, lost)
      socket.resume()
      await once(socket, plain ? 'connect' : 'secureConnect', { signal }).catch((cause: unknown) => {
        socket.destroy()
        throw cause
      })
      return socket
    },
    close: (socket, rough) => {
      if (rough) socket.destroy()
      else socket.end()
    },
  })
  return {
    deliver: (alerts, signal) =>
      connection.use(signal, socket =>
        written(socket, Buffer.concat(alerts.map(alert => framed(encode(alert), framing)))),
      ),
    close: () => connection.close(),
  }
}

function isName(host: string): string {
  // An address is no server name: RFC 6066 §3.
  return /^[\d.]+$/.test(host) || isIPv6(host) ? '' : host
}

function framed(message: Buffer, framing: SyslogConfig['framing']): Buffer {
  if (framing === 'lines') return Buffer.concat([message, Buffer.from('\n')])
  return Buffer.concat([Buffer.from(`${message.length} `), message])
}

function written(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((done, failed) => {
    const closed = () => failed(new Error('the connection was cut'))
    socket.once('close', closed)
    socket.write(bytes, cause => {
      socket.off('close', closed)
      if (cause == null) done()
      else failed(cause)
    })
  })
}

/** By UDP. */
export function openDatagrams({ host, port = 514 }: SyslogConfig, encode: Encode): Output {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
  // Faults come with each datagram; some also as events, which would end the process if nobody listened.
  socket.on('error', () => undefined)
  const send = (message: Buffer): Promise<void> =>
    new Promise((done, failed) => {
      socket.send(message, port, host, cause => (cause === null ? done() : failed(cause)))
    })
  return {
    deliver: async (alerts, signal) => {
      const refused = new Map<number, string>()
      for (const [index, alert] of alerts.entries()) {
        const message = encode(alert)
        if (message.length > MAX_DATAGRAM) {
          refused.set(index, `${message.length} bytes do not fit into a datagram`)
          continue
        }
        await untilAborted(send(message), signal).catch((cause: unknown) => {
          throw wayFault(`syslog ${host}:${port}`, signal, cause)
        })
      }
      throwRefused(refused)
    },
    close: () => new Promise(done => socket.close(() => done())),
  }
}
