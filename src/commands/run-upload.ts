// `run --enable-archivista`: what was asked is checked before the step runs, the upload comes after the envelope is on disk.
// A failed upload costs an exit code, never the envelope. Used by `run` and `attest`.
import type { Writable } from 'node:stream'
import type { Archivista } from '../archive/archivista.ts'
import { usageError } from '../error.ts'
import { toLannerError } from '../native/failure.ts'
import { renderFailure } from '../terminal/failure.ts'
import { writeAll } from '../terminal/output.ts'
import type { RunUpload } from '../terminal/run-summary.ts'
import { paintFor } from '../terminal/style.ts'
import { openArchivista } from './archivista-options.ts'
import { parseSwitch } from './flag-values.ts'
import type { StepCommand } from './run-options.ts'

/** The server to upload to, nothing unless it was asked for. Throws `ERR_USAGE_*`. */
export async function planUpload(command: StepCommand): Promise<Archivista | undefined> {
  const wanted =
    parseSwitch('--enable-archivista', command.enableArchivista) ||
    parseSwitch('--enable-archivist', command.enableArchivist)
  if (!wanted) return undefined
  const server = command.archivistaServer ?? command.archivistServer
  if (server === undefined) {
    throw usageError(
      'ERR_USAGE_ARCHIVISTA',
      '`--enable-archivista` needs `--archivista-server`',
      'there is no default server: name the one to upload to',
    )
  }
  if (command.outfile === undefined) {
    throw usageError(
      'ERR_USAGE_ARCHIVISTA',
      '`--enable-archivista` needs `--outfile`',
      'a failed upload can then be repeated from the file',
    )
  }
  const { archivistaHeaders: headers, archivistaTokenPath: tokenPath, context } = command
  return openArchivista({ server, headers, tokenPath, env: context.env })
}

/** Uploads `files`; the first is the collection, whose gitoid the summary tells. Failures are said on `stderr`. */
export async function uploadAll(
  archive: Archivista,
  files: readonly string[],
  stderr: Writable,
): Promise<RunUpload> {
  const { uploadEnvelope } = await import('../archive/upload.ts')
  let uploaded = true
  let gitoid: string | undefined
  for (const file of files) {
    try {
      const done = await uploadEnvelope(archive, file)
      if (file === files[0]) gitoid = done.gitoid
    } catch (thrown) {
      const failure = toLannerError(thrown)
      if (failure.exit === 70) throw failure
      uploaded = false
      await writeAll(stderr, renderFailure(failure, paintFor(stderr), 'upload'))
    }
  }
  return { uploaded, archivista_url: archive.server.href, ...(gitoid === undefined ? {} : { gitoid }) }
}
