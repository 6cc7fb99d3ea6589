// The `hostname` of alerts: as Falco has it, the variable it reads before it asks the system.
// Used by every command that makes alerts.
import { hostname } from 'node:os'

/** `FALCO_HOSTNAME`, else the name of this machine. */
export function alertHostname({ FALCO_HOSTNAME: named }: NodeJS.ProcessEnv): string {
  return named ?? hostname()
}
