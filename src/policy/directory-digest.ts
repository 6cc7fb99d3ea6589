// The digest of a directory as Go modules define it: SHA-256 over the sorted list of file digests and names ("h1:").
// Follows symbolic links to files, as the definition's reference does. Used for `--directory-path`.
import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, usageError } from '../error.ts'
import type { Native, Work } from '../native/native.ts'

/** Lower-case hex of the digest. Throws `ERR_USAGE_DIRECTORY` when it can't be read whole. */
export async function directoryDigest(native: Native, directory: string, work: Work): Promise<string> {
  try {
    if (!(await stat(directory)).isDirectory()) throw new Error('not a directory')
    const names = await filesBelow(directory, '')
    const lines: string[] = []
    for (const name of names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
      if (name.includes('\n')) throw new Error(`the name ${JSON.stringify(name)} has a line end`)
      // A pipe would be waited for without end.
      if (!(await stat(join(directory, name))).isFile()) throw new Error(`\`${name}\` is no regular file`)
      lines.push(`${await native.digestFile(join(directory, name), work)}  ${name}\n`)
    }
    return createHash('sha256').update(lines.join('')).digest('hex')
  } catch (cause) {
    const why = messageOf(cause)
    throw usageError('ERR_USAGE_DIRECTORY', `directory \`${directory}\` can't be digested: ${why}`)
  }
}

async function filesBelow(directory: string, prefix: string): Promise<string[]> {
  const names: string[] = []
  for (const entry of await readdir(join(directory, prefix), { withFileTypes: true })) {
    const name = prefix === '' ? entry.name : `${prefix}/${entry.name}`
    if (entry.isDirectory()) names.push(...(await filesBelow(directory, name)))
    else names.push(name)
  }
  return names
}
