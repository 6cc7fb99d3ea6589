// Where a file that the user named lies, and what it is called in evidence.
// Looks at no file. Used for the captures and logs that attestors are pointed at.
import { isAbsolute, relative, resolve } from 'node:path'

/** A file by name. */
export interface NamedFile {
  /** As in the tree of products where it is inside of the directory, else as named. */
  readonly path: string
  readonly absolute: string
  /** Whether it lies in the directory of the step. */
  readonly inside: boolean
}

/** `file` as named from `directory`. */
export function namedFile(directory: string, file: string): NamedFile {
  const absolute = resolve(directory, file)
  const path = relative(directory, absolute).replaceAll('\\', '/')
  // On Windows what lies on another drive stays absolute.
  const inside = !path.startsWith('../') && !isAbsolute(path)
  return { path: inside ? path : file, absolute, inside }
}
