// The page as one file: read packed as the build left it, with the hashes of what is inline for the policy of its content.
// Builds nothing; `scripts/page.mjs` does. Used by register.ts.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { LannerError } from '../../error.ts'

/** What is served. */
export interface PageFile {
  readonly html: Buffer
  readonly packed: Buffer
  /** Entity tag, with its quotes. */
  readonly tag: string
  /** `Content-Security-Policy`: what is inline by hash, data from here, nothing else. */
  readonly contentSecurity: string
}

/** Beside the bundle; in a checkout, where the bundle is built. */
const PLACES = ['./page.html.gz', '../../../dist/page.html.gz']

/** Reads the page that belongs to this version. Throws `ERR_PAGE_MISSING`. */
export async function readPage(): Promise<PageFile> {
  for (const place of PLACES) {
    const packed = await readFile(new URL(place, import.meta.url)).catch(() => undefined)
    if (packed !== undefined) return pageFile(packed)
  }
  throw new LannerError('ERR_PAGE_MISSING', 'the page is not where the program is', {
    hint: 'install again, or run `npm run build` in a checkout',
  })
}

/** What is served for these packed bytes. */
export function pageFile(packed: Buffer): PageFile {
  const html = gunzipSync(packed)
  const text = html.toString()
  const scripts = hashes(text, /<script[^>]*>([\s\S]*?)<\/script>/g)
  const styles = hashes(text, /<style[^>]*>([\s\S]*?)<\/style>/g)
  const contentSecurity = [
    "default-src 'none'",
    `script-src ${scripts}`,
    `style-src ${styles}`,
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')
  return { html, packed, tag: `"${digest(html).slice(0, 22)}"`, contentSecurity }
}

function hashes(text: string, pattern: RegExp): string {
  const found = [...text.matchAll(pattern)].map(([, content]) => `'sha256-${digest(content ?? '')}'`)
  return found.length === 0 ? "'none'" : found.join(' ')
}

function digest(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('base64')
}
