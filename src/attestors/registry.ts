// The list of attestors: name, type, stage, whether it always runs or by default, and where its schema is.
// The only place to add one to. Used by `run` (names), `attestors list` and `attestors schema`.
import type { ZodType } from 'zod'
import type { Stage } from './attestor.ts'

/** One attestor as `attestors list` shows it. */
export interface RegisteredAttestor {
  readonly name: string
  /** Predicate type URI. */
  readonly type: string
  readonly stage: Stage
  readonly alwaysRun: boolean
  readonly byDefault: boolean
  /** Loads the predicate's schema; zod is only read when asked for. */
  readonly schema: () => Promise<ZodType>
}

const uri = (name: string, version: string): string => `https://aflock.ai/attestations/${name}/${version}`

/** All attestors, in the order of the collection. */
export const ATTESTORS: readonly RegisteredAttestor[] = [
  {
    name: 'environment',
    type: uri('environment', 'v0.1'),
    stage: 'prematerial',
    alwaysRun: false,
    byDefault: true,
    schema: async () => (await import('./schemas/environment.ts')).environmentSchema,
  },
  {
    name: 'git',
    type: uri('git', 'v0.1'),
    stage: 'prematerial',
    alwaysRun: false,
    byDefault: true,
    schema: async () => (await import('./schemas/git.ts')).gitSchema,
  },
  {
    name: 'material',
    type: uri('material', 'v0.3'),
    stage: 'material',
    alwaysRun: true,
    byDefault: true,
    schema: async () => (await import('./schemas/tree.ts')).materialSchema,
  },
  {
    name: 'command-run',
    type: uri('command-run', 'v0.1'),
    stage: 'execute',
    alwaysRun: true,
    byDefault: true,
    schema: async () => (await import('./schemas/command-run.ts')).commandRunSchema,
  },
  {
    name: 'product',
    type: uri('product', 'v0.3'),
    stage: 'product',
    alwaysRun: true,
    byDefault: true,
    schema: async () => (await import('./schemas/tree.ts')).productSchema,
  },
  {
    name: 'falco',
    type: uri('falco', 'v0.1'),
    stage: 'postproduct',
    alwaysRun: false,
    byDefault: false,
    schema: async () => (await import('./schemas/falco.ts')).falcoSchema,
  },
  {
    name: 'detections',
    type: 'https://lanner.dev/attestations/detections/v0.1',
    stage: 'postproduct',
    alwaysRun: false,
    byDefault: false,
    schema: async () => (await import('./schemas/detections.ts')).detectionsSchema,
  },
]

/** The attestor of that name, or `undefined`. */
export function attestorNamed(name: string): RegisteredAttestor | undefined {
  return ATTESTORS.find(attestor => attestor.name === name)
}
