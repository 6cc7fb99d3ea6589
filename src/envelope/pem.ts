// Reads and writes PEM text (RFC 7468, and RFC 1421 headers where legacy encryption needs them).
// Doesn't judge labels or what the bytes mean. Used for keys and certificates.
import { LannerError } from '../error.ts'

/** One block: its label as written, its headers, and the decoded bytes. */
export interface PemBlock {
  readonly label: string
  readonly headers: ReadonlyMap<string, string>
  readonly der: Buffer
}

/** Where the text came from and what it should have held; both go into the error. */
export interface PemOrigin {
  readonly file: string
  /** For instance `a PEM private key`. */
  readonly expected: string
}

const BEGIN = /^-----BEGIN (.+)-----\s*$/
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

/** Encodes with 64-column lines and a final newline: the exact text a key id is the digest of. */
export function encodePem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

/** The first block; what stands before and after it is ignored. A damaged first block is a fault, never skipped. */
export function firstPemBlock(text: Uint8Array, origin: PemOrigin): PemBlock {
  for (const block of pemBlocks(text, origin)) return block
  throw new LannerError(
    'ERR_KEY_FORMAT',
    `\`${origin.file}\` holds no PEM block; expected ${origin.expected}`,
    {
      facts: { ...origin },
      hint: 'a PEM file has a line `-----BEGIN …-----`',
    },
  )
}

/** Every block, in order. */
export function* pemBlocks(text: Uint8Array, origin: PemOrigin): Generator<PemBlock> {
  // Latin-1 keeps each byte one character, so text in any encoding around the block can't hide or forge a boundary.
  const lines = Buffer.from(text.buffer, text.byteOffset, text.byteLength)
    .toString('latin1')
    .split(/\r\n|\n|\r/)
  for (let at = 0; at < lines.length; at++) {
    const label = BEGIN.exec(lines[at]?.replace(/^\u00ef\u00bb\u00bf/, '') ?? '')?.[1]
    if (label === undefined) continue
    let end = at + 1
    while (end < lines.length && lines[end]?.trimEnd() !== `-----END ${label}-----`) end++
    if (end === lines.length) throw damaged(origin, `block \`${label}\` has no end line`)
    yield readBlock(label, lines.slice(at + 1, end), origin)
    at = end
  }
}

function readBlock(label: string, lines: readonly string[], origin: PemOrigin): PemBlock {
  const headers = new Map<string, string>()
  let at = 0
  for (; lines[at]?.includes(':'); at++) {
    const line = lines[at] ?? ''
    const colon = line.indexOf(':')
    headers.set(line.slice(0, colon).trim(), line.slice(colon + 1).trim())
  }
  const body = lines.slice(at).join('').replace(/\s/g, '')
  if (body.length % 4 !== 0 || !BASE64.test(body)) throw damaged(origin, `block \`${label}\` is not base64`)
  return { label, headers, der: Buffer.from(body, 'base64') }
}

function damaged(origin: PemOrigin, what: string): LannerError {
  return new LannerError('ERR_KEY_FORMAT', `\`${origin.file}\`: ${what}; expected ${origin.expected}`, {
    facts: { ...origin },
  })
}
