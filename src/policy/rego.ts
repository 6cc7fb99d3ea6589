// Evaluates the Rego modules of a policy on what an attestor recorded, off the main thread and within limits.
// Builds no input and words no verdict; `rego-input.ts` and the judging of steps do. Used by the judging of steps and of
// external attestations.
import type { Native, Work } from '../native/native.ts'

/** A module as the policy carries it, decoded; `name` appears in messages only. */
export interface RegoModule {
  readonly name: string
  readonly source: string
}

/** What `input` is: JSON text, as bytes. */
export type RegoInput = Buffer

/** What the modules say: nothing, reasons to deny, or that they can't be evaluated (which is never a pass). */
export type RegoVerdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly kind: 'denied' | 'error'; readonly reasons: readonly string[] }

/** Options of an evaluation. */
export interface RegoOptions {
  /** Lets several modules share a package, as `--policy-hardening warn` does. */
  readonly sharedPackages?: boolean
  /** Milliseconds; 30,000 unless said. */
  readonly timeLimitMs?: number
  /** Bytes the process may grow by while it evaluates; 256 MiB unless said. */
  readonly memoryLimit?: number
}

const TIME_LIMIT_MS = 30_000
const MEMORY_LIMIT = 256 * 1024 * 1024

/**
 * Evaluates `data.<package>.deny` for each package of `modules` on `input`. Everything that keeps a rule from being
 * evaluated (syntax, an unknown or withheld builtin, a failing one, a missing or oddly shaped `deny`, a limit) is an
 * `error`, told in `reasons`. Throws only for a bug.
 */
export async function evaluateRego(
  native: Native,
  modules: readonly RegoModule[],
  input: RegoInput,
  _work: Work,
  options: RegoOptions = {},
): Promise<RegoVerdict> {
  const verdict = await native.evaluatePolicies(
    {
      modules: plain(modules),
      sharedPackages: options.sharedPackages ?? false,
      timeLimitMs: options.timeLimitMs ?? TIME_LIMIT_MS,
      memoryLimit: options.memoryLimit ?? MEMORY_LIMIT,
    },
    input,
  )
  if (verdict.errors.length > 0) return { ok: false, kind: 'error', reasons: verdict.errors }
  if (verdict.denied.length > 0) return { ok: false, kind: 'denied', reasons: verdict.denied }
  return { ok: true }
}

/**
 * Whether `modules` may look at `input.events` (at `input.attestation.events`, or anything beside it, with `wrapped`).
 * `false` is a proof: every use of `input` in them is a constant path that leads neither to the events nor above them.
 * Modules that don't parse may.
 */
export function regoReadsEvents(native: Native, modules: readonly RegoModule[], wrapped = false): boolean {
  return native.policyReadsEvents(plain(modules), wrapped)
}

/** Why `modules` would be refused whatever the input is: syntax, withheld or unknown functions, clashes, recursion. */
export function regoFaults(native: Native, modules: readonly RegoModule[], sharedPackages = false): string[] {
  return native.policyFaults(plain(modules), sharedPackages)
}

function plain(modules: readonly RegoModule[]): { name: string; source: string }[] {
  return modules.map(({ name, source }) => ({ name, source }))
}
