// What an attestor is: a name, a predicate type, and a function from the run to a predicate with its subjects.
// Holds no attestor; `registry.ts` lists them. Used by every attestor and by the workflow.
import type { TreeScan } from '../native/native.ts'
import type { Messages } from '../terminal/messages.ts'

/** Digests of one thing by algorithm: `{ sha256: "<hex>" }`. Keys as in in-toto and cilock's digest sets. */
export type DigestSet = Readonly<Record<string, string>>

/** When an attestor works, in the order of the collection. */
export const STAGES = ['prematerial', 'material', 'execute', 'product', 'postproduct'] as const

/** One of `STAGES`. */
export type Stage = (typeof STAGES)[number]

/** What an attestor found. `predicate` is JSON, except that a `Splice` may stand for text that never enters JavaScript. */
export interface Finding {
  readonly predicate: Readonly<Record<string, unknown>>
  /** Subjects without the type prefix: `commithash:…`. */
  readonly subjects: ReadonlyMap<string, DigestSet>
  /** Subjects that lead to other collections, named as `subjects` are. */
  readonly backRefs: ReadonlyMap<string, DigestSet>
  /** What the person should know, although the attestor succeeded. */
  readonly warnings: readonly string[]
  /** The tree the predicate is over, for a wire profile that writes it in another form. */
  readonly tree?: TreeScan
}

/** A finding with its type and the time it took, ready for the collection. */
export interface Attestation extends Finding {
  readonly name: string
  /** Predicate type URI. */
  readonly type: string
  readonly startTime: Date
  readonly endTime: Date
}

/** A finding that has only a predicate. */
export function finding(
  predicate: Readonly<Record<string, unknown>>,
  more: Partial<Omit<Finding, 'predicate'>> = {},
): Finding {
  return { predicate, subjects: new Map(), backRefs: new Map(), warnings: [], ...more }
}

/** The words an attestor may say while it works. */
export type AttestorMessages = Pick<Messages, 'debug' | 'warn'>
