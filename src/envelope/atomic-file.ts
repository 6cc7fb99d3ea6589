// Writes a file whole or not at all: beside its place, flushed, then renamed over it.
// Doesn't know what it writes. Used for envelopes, keys and everything else a person would miss half of.
import { randomBytes } from 'node:crypto'
import { link, lstat, open, realpath, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { LannerError } from '../error.ts'
import { reasonOf } from './bounded-file.ts'

/** How the file appears. */
export interface AtomicWrite {
  /** Permission bits; the process's umask takes away from them, never adds. 0600 for secrets, 0644 for envelopes. */
  readonly mode: number
  /** What happens to a file already there. */
  readonly existing: 'replace' | 'refuse'
}

/** Bytes in pieces, so that no caller has to hold them at once. */
export type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>

/** Hard links exist on no FAT, and some network file systems refuse them. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

/**
 * Writes `pieces` to `file`. A symbolic link keeps pointing where it did; a device or pipe (`/dev/stdout`) is written to
 * directly, for it can't be renamed over. If anything fails, what was at `file` is still there.
 */
export async function writeFileAtomic(file: string, pieces: Pieces, how: AtomicWrite): Promise<void> {
  try {
    if (how.existing === 'replace' && (await isSpecial(file))) return await writeThrough(file, pieces)
    const target = how.existing === 'replace' ? await realpath(file).catch(() => file) : file
    if (how.existing === 'refuse') await assertAbsent(target)
    await writeBeside(target, pieces, how)
  } catch (cause) {
    if (cause instanceof LannerError) throw cause
    throw new LannerError('ERR_OUTPUT_WRITE', `\`${file}\` can't be written: ${reasonOf(cause)}`, {
      facts: { file },
      cause,
    })
  }
}

async function writeBeside(target: string, pieces: Pieces, how: AtomicWrite): Promise<void> {
  const beside = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`)
  // `wx` is O_EXCL: nobody can have put a link there for us to write through.
  const handle = await open(beside, 'wx', how.mode)
  try {
    try {
      for await (const piece of pieces) await handle.writeFile(piece)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await (how.existing === 'replace' ? rename(beside, target) : place(beside, target))
  } catch (cause) {
    await unlink(beside).catch(() => undefined)
    throw cause
  }
  await syncDirectory(dirname(target))
}

/** A link, unlike a rename, fails where a file has appeared in the meantime. */
async function place(beside: string, target: string): Promise<void> {
  try {
    await link(beside, target)
  } catch (cause) {
    const code = codeOf(cause)
    if (code === 'EEXIST') throw alreadyThere(target)
    if (!NO_LINKS.has(code)) throw cause
    await assertAbsent(target)
    return rename(beside, target)
  }
  await unlink(beside)
}

/** Refuses with `ERR_OUTPUT_EXISTS` when anything is at `file`: a dangling link counts too. */
export async function assertAbsent(file: string): Promise<void> {
  if ((await lstat(file).catch(() => undefined)) !== undefined) throw alreadyThere(file)
}

/** Whether `file` exists and is neither a regular file nor a directory. */
async function isSpecial(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined)
  return found !== undefined && !found.isFile() && !found.isDirectory()
}

async function writeThrough(file: string, pieces: Pieces): Promise<void> {
  const handle = await open(file, 'w')
  try {
    for await (const piece of pieces) await handle.writeFile(piece)
  } finally {
    await handle.close()
  }
}

/** Makes the new name itself survive a power cut; not every file system lets a directory be flushed. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r').catch(() => undefined)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}

function alreadyThere(file: string): LannerError {
  return new LannerError('ERR_OUTPUT_EXISTS', `\`${file}\` is already there`, {
    facts: { file },
    hint: 'name another file, or pass `--force` to replace it',
  })
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : ''
}
