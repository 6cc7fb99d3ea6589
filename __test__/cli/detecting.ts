// Rules and audit logs of our own for the tests of `detect` and `rules`, and how a log is bent into other shapes.
// Knows nothing of what a test expects.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ExecutionContext } from 'ava'
import { type Bench, bench, type Outcome } from './lanner.ts'

const EXAMPLES = fileURLToPath(new URL('../../examples/detect/', import.meta.url))

/** The rules of the example. */
export const RULES: string = join(EXAMPLES, 'audit_rules.yaml')
/** The audit log of the example. */
export const LOG: string = join(EXAMPLES, 'audit.log')

/** The lines of the example's log. */
export function logLines(): string[] {
  return readFileSync(LOG, 'utf8').trimEnd().split('\n')
}

/** A test's folder with `rules.yaml` and `audit.log`, of which either may be replaced. */
export interface DetectBench extends Bench {
  write(name: string, content: string | Uint8Array): string
  detect(...words: string[]): Promise<Outcome>
}

/** Sets a folder up; `detect` runs with the example's rules unless others are named. */
export function detectBench(t: ExecutionContext): DetectBench {
  const place = bench(t)
  const write = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(place.work, name), content)
    return name
  }
  const detect = (...words: string[]): Promise<Outcome> => {
    const rules = words.includes('--rules') || words.includes('-r') ? [] : ['--rules', RULES]
    return place.lanner(['detect', ...rules, ...words], { env: { TZ: 'UTC', FALCO_HOSTNAME: 'node-1' } })
  }
  return { ...place, write, detect }
}

/** An alert as far as tests look at it. */
export interface Alert {
  readonly hostname: string
  readonly output: string
  readonly output_fields: Record<string, unknown>
  readonly priority: string
  readonly rule: string
  readonly source: string
  readonly tags: string[]
  readonly time: string
}

/** The alerts on stdout. */
export function alertsOf({ stdout }: Outcome): Alert[] {
  return stdout
    .toString()
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Alert)
}

/** The rules that gave them, in order. */
export function rulesOf(outcome: Outcome): string[] {
  return alertsOf(outcome).map(({ rule }) => rule)
}
