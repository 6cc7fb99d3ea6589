// The container that traced system calls are taken to be made in: what a job knows of itself and a process cannot see.
// Refuses what would have no effect. Used by the commands that apply rules.
import type { Source } from '../detect/source.ts'
import { usageError } from '../error.ts'
import type { DetectionSettings } from '../native/native.ts'
import { parseSwitch } from './flag-values.ts'

/** As typed. */
export interface ContainerFlags {
  /** Of the events that are judged. */
  readonly source: Source
  readonly container: string | undefined
  readonly privileged: string | boolean | undefined
}

/** Throws usage errors. */
export function containerOf({
  source,
  container,
  privileged,
}: ContainerFlags): Pick<DetectionSettings, 'container'> {
  const isPrivileged = parseSwitch('--as-privileged', privileged)
  if (container === undefined) {
    if (isPrivileged) throw usageError('ERR_USAGE_CONTAINER', '`--as-privileged` needs `--as-container`')
    return {}
  }
  if (source !== 'syscall') {
    const message = `\`--as-container\` is for source \`syscall\`, these events are of \`${source}\``
    throw usageError('ERR_USAGE_CONTAINER', message)
  }
  const [name = '', ...rest] = container.split('=')
  if (name === '') {
    throw usageError('ERR_USAGE_CONTAINER', '`--as-container` has no name', 'as `build=node:22`')
  }
  const image = rest.join('=')
  return { container: { name, privileged: isPrivileged, ...(image === '' ? {} : { image }) } }
}
