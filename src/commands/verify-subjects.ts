// What `verify` is asked about: artifacts, directories and digests, named first and digested while the evidence is being opened.
// What can't be used is wrong usage, however late that shows. Used by `verify-plan.ts` and `verify-run.ts`.
import { statSync } from 'node:fs'
import { usageError } from '../error.ts'
import type { Native, Work } from '../native/native.ts'
import { directoryDigest } from '../policy/directory-digest.ts'
import type { Seed } from '../policy/seeds.ts'
import type { VerifyOptions } from './verify-options.ts'

/** One thing asked about. */
export interface NamedSubject {
  readonly kind: Seed['kind']
  readonly name: string
  /** Where it is known without reading anything. */
  readonly digest?: string
}

/** What the flags name. Throws `ERR_USAGE_ARTIFACT` and `ERR_USAGE_SUBJECT`. */
export function namedSubjects(typed: VerifyOptions): NamedSubject[] {
  if (typed.artifactPath !== undefined && typed.artifact !== undefined) {
    throw usageError(
      'ERR_USAGE_ARTIFACT',
      'an artifact is named twice',
      'give it by `-f` or as the argument, not both',
    )
  }
  const subjects: NamedSubject[] = []
  const named = typed.artifact ?? typed.artifactPath
  if (named !== undefined) subjects.push(fileSubject(named, typed.artifact === undefined))
  if (typed.directory !== undefined) subjects.push({ kind: 'directory', name: typed.directory })
  for (const value of (typed.subjects ?? []).flatMap(each => each.split(','))) {
    subjects.push(digestSubject(value))
  }
  if (subjects.length > 0) return subjects
  throw usageError(
    'ERR_USAGE_SUBJECT',
    'nothing was named that the attestations must speak of',
    'pass `-f FILE`, or `-s SHA256`; `lanner inspect` lists the subjects of an envelope',
  )
}

function fileSubject(name: string, mayBeDirectory: boolean): NamedSubject {
  const found = statSync(name, { throwIfNoEntry: false })
  if (found === undefined) throw usageError('ERR_USAGE_ARTIFACT', `there is no \`${name}\``)
  if (found.isDirectory() && mayBeDirectory) return { kind: 'directory', name }
  if (found.isDirectory())
    throw usageError('ERR_USAGE_ARTIFACT', `\`${name}\` is a directory`, 'pass `--directory-path`')
  return { kind: 'artifact', name }
}

/** `ALG:HEX` or `HEX`; as in cilock the name of the algorithm is not compared. */
function digestSubject(value: string): NamedSubject {
  const digest = value.slice(value.lastIndexOf(':') + 1)
  if (!/^(?:[0-9a-fA-F]{2})+$/.test(digest)) {
    throw usageError('ERR_USAGE_SUBJECT', `subject \`${value}\` is no digest in hex`)
  }
  return { kind: 'digest', name: value, digest }
}

/** Digests what was named, in order. Throws `ERR_USAGE_ARTIFACT` and `ERR_USAGE_DIRECTORY`. */
export async function digestSubjects(
  native: Native,
  subjects: readonly NamedSubject[],
  work: Work,
): Promise<Seed[]> {
  const seeds: Seed[] = []
  for (const subject of subjects) {
    const digest = subject.digest ?? (await digestOf(native, subject, work))
    seeds.push({ kind: subject.kind, name: subject.name, digest })
  }
  return seeds
}

async function digestOf(native: Native, { kind, name }: NamedSubject, work: Work): Promise<string> {
  if (kind === 'directory') return directoryDigest(native, name, work)
  try {
    return await native.digestFile(name, work)
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : thrown
    throw usageError('ERR_USAGE_ARTIFACT', `\`${name}\` can't be read: ${why}`)
  }
}
