// Opens a bundle and lays its envelopes out as files of their own, never holding more than one line in memory.
// Checks the manifest's digests, which find damage, not forgery; believes nothing else. Used by `verify` and `bundle inspect`.
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { reasonOf } from '../envelope/bounded-file.ts'
import { READABLE } from '../envelope/shape.ts'
import { LannerError } from '../error.ts'
import {
  type BundleManifest,
  bundleFault,
  ENVELOPES,
  MANIFEST,
  MAX_BUNDLE,
  MAX_ENVELOPES,
  MAX_LINE,
  MAX_MANIFEST,
  manifestSchema,
} from './bundle-format.ts'
import { readTar, TarFault, type TarMember } from './tar.ts'

/** One envelope of a bundle, in a file of its own. */
export interface BundledEnvelope {
  readonly file: string
  /** `BUNDLE#NUMBER`, counted from 1. */
  readonly reference: string
  readonly sha256: string
}

/** A bundle, taken apart. */
export interface LoadedBundle {
  readonly manifest: BundleManifest
  readonly envelopes: readonly BundledEnvelope[]
}

/** Takes `bundle` apart into new files in `directory`. Throws `ERR_BUNDLE`. */
export async function loadBundle(bundle: string, directory: string): Promise<LoadedBundle> {
  let manifest: BundleManifest | undefined
  let envelopes: readonly BundledEnvelope[] | undefined
  try {
    for await (const member of readTar(unpacked(bundle))) {
      if (member.name === MANIFEST) {
        if (manifest !== undefined) throw new TarFault(`holds ${MANIFEST} twice`)
        manifest = parseManifest(bundle, await wholeOf(member))
      } else if (member.name === ENVELOPES) {
        if (envelopes !== undefined) throw new TarFault(`holds ${ENVELOPES} twice`)
        envelopes = await layOut(bundle, member, directory)
      }
    }
  } catch (cause) {
    if (cause instanceof LannerError) throw cause
    throw bundleFault(bundle, cause instanceof TarFault ? cause.message : unreadable(cause), cause)
  }
  if (manifest === undefined) throw bundleFault(bundle, `has no ${MANIFEST}`)
  if (envelopes === undefined) throw bundleFault(bundle, `has no ${ENVELOPES}`)
  compare(bundle, manifest, envelopes)
  return { manifest, envelopes }
}

/** The archive inside the gzip, up to the cap that stops a bomb. */
async function* unpacked(bundle: string): AsyncGenerator<Buffer> {
  let count = 0
  // `pipeline` hands the fault of either end to whoever reads.
  const plain = pipeline(createReadStream(bundle), createGunzip(), () => undefined)
  for await (const chunk of plain as AsyncIterable<Buffer>) {
    count += chunk.length
    if (count > MAX_BUNDLE) throw new TarFault(`unpacks to more than ${MAX_BUNDLE} bytes`)
    yield chunk
  }
}

function unreadable(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'Z_BUF_ERROR') return 'is cut short'
  if (code === 'Z_DATA_ERROR') return `is no gzip, or damaged (${reasonOf(cause)})`
  return `can't be read: ${reasonOf(cause)}`
}

async function wholeOf({ size, body }: TarMember): Promise<Buffer> {
  if (size > MAX_MANIFEST) throw new TarFault(`has a ${MANIFEST} of more than ${MAX_MANIFEST} bytes`)
  const pieces: Buffer[] = []
  for await (const piece of body) pieces.push(piece)
  return Buffer.concat(pieces)
}

function parseManifest(bundle: string, bytes: Buffer): BundleManifest {
  let parsed: unknown
  try {
    parsed = JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw bundleFault(bundle, `has a ${MANIFEST} that is no JSON`, cause)
  }
  const manifest = manifestSchema.safeParse(parsed, READABLE)
  if (manifest.success) return manifest.data
  const [issue] = manifest.error.issues
  throw bundleFault(bundle, `has a ${MANIFEST} with a fault at ${issue?.path.join('.')}: ${issue?.message}`)
}

async function layOut(bundle: string, { body }: TarMember, directory: string): Promise<BundledEnvelope[]> {
  const envelopes: BundledEnvelope[] = []
  for await (const line of linesOf(body)) {
    if (envelopes.length === MAX_ENVELOPES) throw new TarFault(`holds more than ${MAX_ENVELOPES} envelopes`)
    const file = join(directory, `${randomUUID()}.json`)
    const handle = await open(file, 'wx', 0o600)
    try {
      await handle.writeFile(line)
    } finally {
      await handle.close()
    }
    const sha256 = createHash('sha256').update(line).digest('hex')
    envelopes.push({ file, reference: `${bundle}#${envelopes.length + 1}`, sha256 })
  }
  return envelopes
}

/** Lines that are not blank, without their ends. */
async function* linesOf(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let begun: Buffer[] = []
  let length = 0
  const finish = (): Buffer => {
    const whole = Buffer.concat(begun)
    begun = []
    length = 0
    return whole.at(-1) === 0x0d ? whole.subarray(0, -1) : whole
  }
  const add = (piece: Buffer): void => {
    length += piece.length
    if (length > MAX_LINE) throw new TarFault(`holds a line of more than ${MAX_LINE} bytes`)
    begun.push(piece)
  }
  for await (const piece of body) {
    let at = 0
    for (let end = piece.indexOf(10); end !== -1; end = piece.indexOf(10, at)) {
      add(piece.subarray(at, end))
      at = end + 1
      const line = finish()
      if (!isBlank(line)) yield line
    }
    add(piece.subarray(at))
  }
  const last = finish()
  if (!isBlank(last)) yield last
}

function isBlank(line: Buffer): boolean {
  return line.every(byte => byte === 0x20 || byte === 0x09 || byte === 0x0d)
}

/** A manifest that lists no envelopes, as a person may write one, promises nothing. */
function compare(
  bundle: string,
  { count, envelopes }: BundleManifest,
  found: readonly BundledEnvelope[],
): void {
  const listed = envelopes ?? []
  if (count !== undefined && count !== null && count !== found.length && (count > 0 || listed.length > 0)) {
    throw bundleFault(bundle, `holds ${found.length} envelopes, its ${MANIFEST} counts ${count}`)
  }
  if (listed.length === 0) return
  if (listed.length !== found.length) {
    throw bundleFault(bundle, `holds ${found.length} envelopes, its ${MANIFEST} lists ${listed.length}`)
  }
  const at = found.findIndex(({ sha256 }, index) => listed[index]?.sha256.toLowerCase() !== sha256)
  if (at !== -1) throw bundleFault(bundle, `holds an envelope ${at + 1} that its ${MANIFEST} does not list`)
}
