// A directory that only we can read, for what is fetched or unpacked, gone when the job is done.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Runs `job` with a new directory and removes it, whatever happens. */
export async function withScratch<Result>(job: (directory: string) => Promise<Result>): Promise<Result> {
  // mkdtemp(3): mode 0700.
  const directory = await mkdtemp(join(tmpdir(), 'lanner-archive-'))
  try {
    return await job(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
