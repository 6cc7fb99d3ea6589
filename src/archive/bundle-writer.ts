// Packs envelopes into a bundle: each on one line, byte by byte as it was signed, its digest in the manifest, duplicates once.
// Judges no signature. Used by `bundle create`.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline, Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { writeFileAtomic } from '../envelope/atomic-file.ts'
import type { ReadEnvelope } from '../envelope/reading.ts'
import { LannerError } from '../error.ts'
import {
  BUNDLE_TYPE,
  bundleFault,
  ENVELOPES,
  MANIFEST,
  MAX_BUNDLE,
  MAX_ENVELOPES,
  MAX_LINE,
} from './bundle-format.ts'
import { writeTar } from './tar.ts'

/** What the manifest says besides the envelopes. */
export interface BundleOrigin {
  readonly source: 'file' | 'archivista'
  readonly sourceURL?: string
  readonly subjects: readonly string[]
  readonly createdAt: Date
}

/** One entry of the manifest. */
export interface BundleEntry {
  readonly sha256: string
  readonly payloadType: string
  readonly signerKeyIDs: readonly string[]
}

/** Writes `envelopes` as a bundle to `target`, which appears whole or not at all; `directory` is for what is in between. */
export async function writeBundle(
  envelopes: AsyncIterable<ReadEnvelope>,
  target: string,
  origin: BundleOrigin,
  directory: string,
): Promise<BundleEntry[]> {
  const lines = join(directory, ENVELOPES)
  const { entries, size } = await gather(envelopes, lines, target)
  const manifest = Buffer.from(JSON.stringify(manifestOf(entries, origin), null, 2))
  if (size + manifest.length > MAX_BUNDLE)
    throw bundleFault(target, `would hold more than ${MAX_BUNDLE} bytes`)
  const members = [
    { name: MANIFEST, size: manifest.length, body: Readable.from([manifest]) },
    { name: ENVELOPES, size, body: createReadStream(lines) },
  ]
  // RFC 1952 allows a time and a name in the header; zlib writes neither, so equal envelopes make equal bundles.
  const packed: AsyncIterable<Buffer> = pipeline(
    Readable.from(writeTar(members, origin.createdAt)),
    createGzip(),
    () => undefined,
  )
  await writeFileAtomic(target, packed, { mode: 0o644, existing: 'replace' })
  return entries
}

/** The sizes must be known before the first byte of a tar is written: the lines are gathered in a file. */
async function gather(
  envelopes: AsyncIterable<ReadEnvelope>,
  lines: string,
  target: string,
): Promise<{ entries: BundleEntry[]; size: number }> {
  const entries = new Map<string, BundleEntry>()
  let size = 0
  const handle = await open(lines, 'wx', 0o600)
  try {
    for await (const { file, payloadType, signatures } of envelopes) {
      const line = await lineOf(file)
      const sha256 = createHash('sha256').update(line).digest('hex')
      if (entries.has(sha256)) continue
      const signerKeyIDs = signatures.map(({ keyid }) => keyid).filter(keyid => keyid !== '')
      entries.set(sha256, { sha256, payloadType, signerKeyIDs })
      size += line.length + 1
      if (size > MAX_BUNDLE) throw bundleFault(target, `would hold more than ${MAX_BUNDLE} bytes`)
      if (entries.size > MAX_ENVELOPES)
        throw bundleFault(target, `would hold more than ${MAX_ENVELOPES} envelopes`)
      await handle.writeFile(line)
      await handle.writeFile('\n')
    }
  } finally {
    await handle.close()
  }
  return { entries: [...entries.values()], size }
}

/** The envelope without its line breaks: JSON allows them between tokens only (RFC 8259 section 2), so nothing signed changes. */
async function lineOf(file: string): Promise<Buffer> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    const piece =
      chunk.includes(10) || chunk.includes(13) ? chunk.filter(byte => byte !== 10 && byte !== 13) : chunk
    length += piece.length
    if (length > MAX_LINE) throw tooLong(file)
    pieces.push(Buffer.from(piece))
  }
  return Buffer.concat(pieces)
}

function tooLong(file: string): LannerError {
  return new LannerError(
    'ERR_BUNDLE_LINE',
    `\`${file}\` is larger than ${MAX_LINE} bytes, the most a bundle takes`,
    {
      facts: { file, limit: MAX_LINE },
      hint: 'hand the envelope on by itself, or record the capture with `--attestor-falco-events digest`',
    },
  )
}

function manifestOf(
  entries: readonly BundleEntry[],
  { source, sourceURL, subjects, createdAt }: BundleOrigin,
): unknown {
  return {
    schemaVersion: BUNDLE_TYPE,
    createdAt: createdAt.toISOString(),
    source,
    ...(sourceURL === undefined ? {} : { sourceURL }),
    ...(subjects.length === 0 ? {} : { subjects: [...new Set(subjects)].sort() }),
    count: entries.length,
    envelopes: entries,
  }
}
