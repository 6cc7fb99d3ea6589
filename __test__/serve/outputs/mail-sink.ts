// A strict mail server on 127.0.0.1 that keeps what it is given: lines end with CR LF, commands come in order, STARTTLS if asked for.
// Reads MIME as far as our mails go. Used by `smtp.test.ts`.
import { createServer, type Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import type { ExecutionContext } from 'ava'

/** How it behaves. */
export interface MailRules {
  /** Answers instead of the usual ones, by the first word of a command; `null` for no answer. */
  readonly answers?: Readonly<Record<string, string | null>>
  /** Offers STARTTLS with that key and certificate. */
  readonly tls?: { readonly key: Buffer; readonly cert: Buffer }
}

/** A mail that was accepted. */
export interface Mail {
  readonly from: string
  readonly to: readonly string[]
  readonly headers: ReadonlyMap<string, string>
  /** Decoded, by content type. */
  readonly parts: ReadonlyMap<string, string>
  readonly encrypted: boolean
}

/** A running one. */
export interface MailSink {
  readonly port: number
  readonly mails: Mail[]
  readonly commands: string[]
  /** Resolves when a command that begins so has come. */
  asked(word: string): Promise<void>
}

/** Starts it; ended with the test. */
export async function mailSink(t: ExecutionContext, rules: MailRules = {}): Promise<MailSink> {
  const mails: Mail[] = []
  const commands: string[] = []
  const waiting: { readonly word: string; readonly go: () => void }[] = []
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    converse(
      socket,
      rules,
      false,
      mail => mails.push(mail),
      command => {
        commands.push(command)
        for (const { word, go } of waiting) if (command.startsWith(word)) go()
      },
    )
    socket.write('220 sink ESMTP\r\n')
  })
  await new Promise<void>(ready => server.listen(0, '127.0.0.1', ready))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const asked = (word: string): Promise<void> =>
    new Promise(go =>
      commands.some(command => command.startsWith(word)) ? go() : waiting.push({ word, go }),
    )
  return { port: (server.address() as { port: number }).port, mails, commands, asked }
}

function converse(
  socket: Socket,
  rules: MailRules,
  encrypted: boolean,
  keep: (mail: Mail) => void,
  note: (command: string) => void,
): void {
  let text = ''
  let data: string | undefined
  let from = ''
  let to: string[] = []
  const usual: Record<string, () => string> = {
    EHLO: () =>
      `250-sink\r\n${rules.tls !== undefined && !encrypted ? '250-STARTTLS\r\n' : ''}250-AUTH PLAIN\r\n250 SMTPUTF8`,
    AUTH: () => '235 welcome',
    MAIL: () => '250 ok',
    RCPT: () => '250 ok',
    DATA: () => '354 go on',
    STARTTLS: () => '220 go on',
    QUIT: () => '221 bye',
  }
  const answer = (line: string): void => {
    const word = line.split(' ')[0]?.toUpperCase() ?? ''
    note(line)
    if (word === 'MAIL') from = line
    if (word === 'RCPT') to.push(line)
    const given = rules.answers?.[word]
    if (given === null) return
    const reply = given ?? usual[word]?.() ?? '502 what?'
    socket.write(`${reply}\r\n`)
    if (word === 'DATA' && reply.startsWith('354')) data = ''
    if (word === 'STARTTLS' && rules.tls !== undefined) {
      socket.removeAllListeners('data')
      const secure = new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(rules.tls) })
      secure.on('error', () => socket.destroy())
      converse(secure, rules, true, keep, note)
    }
  }
  socket.on('error', () => socket.destroy())
  socket.on('data', chunk => {
    text += chunk.toString('utf8')
    if (/(?<!\r)\n/.test(text)) return void socket.end('500 bare line feed\r\n')
    for (let end = text.indexOf('\r\n'); end !== -1; end = text.indexOf('\r\n')) {
      const line = text.slice(0, end)
      text = text.slice(end + 2)
      if (data === undefined) answer(line)
      else if (line === '.') {
        const reply = rules.answers?.['.'] ?? '250 kept'
        if (reply.startsWith('2')) keep({ from, to, encrypted, ...mailOf(data) })
        data = undefined
        to = []
        socket.write(`${reply}\r\n`)
      } else data += `${line.replace(/^\./, '')}\r\n`
    }
  })
}

function mailOf(raw: string): Pick<Mail, 'headers' | 'parts'> {
  const { headers, body } = split(raw)
  const boundary = /boundary="?([^";]+)"?/.exec(headers.get('content-type') ?? '')?.[1]
  const parts = new Map<string, string>()
  for (const part of boundary === undefined ? [raw] : body.split(`--${boundary}`).slice(1, -1)) {
    const inner = split(part.replace(/^\r\n/, ''))
    const type = (inner.headers.get('content-type') ?? '').split(';')[0] ?? ''
    parts.set(type, decoded(inner.body, inner.headers.get('content-transfer-encoding') ?? '7bit'))
  }
  return { headers, parts }
}

function split(raw: string): { readonly headers: Map<string, string>; readonly body: string } {
  const end = raw.indexOf('\r\n\r\n')
  const headers = new Map<string, string>()
  for (const line of raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')) {
    const at = line.indexOf(':')
    headers.set(line.slice(0, at).toLowerCase(), words(line.slice(at + 1).trim()))
  }
  return { headers, body: raw.slice(end + 4) }
}

/** RFC 2047: encoded words; white space between two of them is none. */
function words(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([BQ])\?([^?]*)\?=/gi, (_, how: string, coded: string) =>
      how.toUpperCase() === 'B'
        ? Buffer.from(coded, 'base64').toString('latin1')
        : quotedPrintable(coded.replace(/_/g, ' ')),
    )
    .replace(/[\x80-\xff]+/g, bytes => Buffer.from(bytes, 'latin1').toString('utf8'))
}

function decoded(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8')
  if (encoding !== 'quoted-printable') return body
  return Buffer.from(quotedPrintable(body.replace(/=\r\n/g, '')), 'latin1').toString('utf8')
}

function quotedPrintable(text: string): string {
  return text.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
