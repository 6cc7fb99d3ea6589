// How a server is named: its URL, further headers, a token. Wrong usage ends here, before anything is sent.
// Talks to nobody. Used by every command that may.
import { Command, Option } from 'clipanion'
import type { Archivista } from '../archive/archivista.ts'
import { readBoundedFile } from '../envelope/bounded-file.ts'
import { usageError } from '../error.ts'
import type { LannerContext } from './context.ts'

/** As typed. */
export interface ArchivistaFlags {
  readonly server: string
  readonly headers: readonly string[] | undefined
  readonly tokenPath: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
}

export const HEADERS_HELP = 'Header for the server, `Name: value`; repeatable'
export const TOKEN_HELP = 'File with the bearer token of the server; LANNER_ARCHIVISTA_TOKEN does the same'

/** A command that is about a server and nothing else. */
export abstract class ArchivistaCommand extends Command<LannerContext> {
  server: string = Option.String('--archivista-server', {
    required: true,
    description: 'URL of the Archivista server',
  })
  headers: string[] | undefined = Option.Array('--archivista-headers', { description: HEADERS_HELP })
  tokenPath: string | undefined = Option.String('--archivista-token-path', { description: TOKEN_HELP })

  /** The server the flags name. */
  async openArchive(): Promise<Archivista> {
    return openArchivista({
      server: this.server,
      headers: this.headers,
      tokenPath: this.tokenPath,
      env: this.context.env,
    })
  }
}

/** Of `node:http`, which a run without an archive doesn't load. */
type HeaderRules = Pick<typeof import('node:http'), 'validateHeaderName' | 'validateHeaderValue'>

const TOKEN_LIMIT = 64 * 1024
/** They frame the message; a second opinion about them splits it (RFC 9112 section 11.2). */
const OURS: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'content-type',
  'transfer-encoding',
  'connection',
])

/** A client for the server that is named. Throws `ERR_USAGE_ARCHIVISTA`. */
export async function openArchivista(flags: ArchivistaFlags): Promise<Archivista> {
  const { Archivista } = await import('../archive/archivista.ts')
  const http = await import('node:http')
  const token = tokenOf(flags)
  const bearer = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return new Archivista({
    server: parseServer(flags.server),
    headers: { ...bearer, ...parseHeaders(flags.headers ?? [], http) },
  })
}

function parseServer(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw usage(`\`--archivista-server\` is \`${text}\`, expected an http or https URL`)
  }
  // It would be printed with every message about the server.
  if (url.username !== '' || url.password !== '') {
    throw usage(
      '`--archivista-server` holds a password',
      'pass it by `--archivista-headers` or `--archivista-token-path`',
    )
  }
  if (url.search !== '' || url.hash !== '') {
    throw usage('`--archivista-server` holds a query or fragment, expected the URL that `/upload` is below')
  }
  return url
}

function parseHeaders(
  lines: readonly string[],
  { validateHeaderName, validateHeaderValue }: HeaderRules,
): Record<string, string> {
  return Object.fromEntries(
    lines.map(line => {
      const colon = line.indexOf(':')
      const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase()
      const value = line.slice(colon + 1).trim()
      // The value may be a secret: only its name is ever shown.
      if (colon === -1) throw usage('`--archivista-headers` holds no colon, expected `Name: value`')
      if (OURS.has(name)) throw usage(`\`--archivista-headers\` can't set \`${name}\``)
      try {
        validateHeaderName(name)
        validateHeaderValue(name, value)
      } catch {
        throw usage(`\`--archivista-headers\` holds a header that HTTP does not allow: \`${name}\``)
      }
      return [name, value]
    }),
  )
}

function tokenOf({ tokenPath, env }: ArchivistaFlags): string | undefined {
  if (tokenPath === undefined) return checkedToken(env.LANNER_ARCHIVISTA_TOKEN, 'LANNER_ARCHIVISTA_TOKEN')
  const read = { limit: TOKEN_LIMIT, code: 'ERR_USAGE_ARCHIVISTA', what: 'token file' }
  return checkedToken(readBoundedFile(tokenPath, read).toString('utf8'), tokenPath)
}

function checkedToken(text: string | undefined, where: string): string | undefined {
  const token = text?.trim() ?? ''
  if (token === '') return undefined
  // RFC 6750 section 2.1.
  if (/^[A-Za-z0-9\-._~+/]+=*$/.test(token)) return token
  throw usage(`${where} holds no bearer token`)
}

function usage(message: string, hint?: string): Error {
  return usageError('ERR_USAGE_ARCHIVISTA', message, hint)
}
