// Puts what an attestor recorded before the Rego modules a policy has for it, in the shape the step asks for.
// Evaluates nothing itself. Used for the attestations of a step and for external attestations.
import { LannerError } from '../error.ts'
import type { Native, Work } from '../native/native.ts'
import type { Hardening } from './functionary.ts'
import type { PolicyRegoModule } from './policy-document.ts'
import { evaluateRego, type RegoModule, regoFaults, regoReadsEvents } from './rego.ts'
import { type InputContext, type InputPart, regoInput, wrappedRegoInput } from './rego-input.ts'

/** What evaluation needs of its surroundings. */
export interface RegoGate {
  readonly native: Native
  readonly work: Work
  readonly hardening: Hardening
}

/** Nothing against it, or a code and the reasons. */
export type GateAnswer =
  | { readonly ok: true }
  | {
      readonly ok: false
      readonly code: 'ERR_REGO_DENIED' | 'ERR_REGO_FAILED'
      readonly reasons: readonly string[]
    }

/** Evaluates `modules` on `part`, within `context` when the step reads other steps. */
export async function passesRego(
  gate: RegoGate,
  modules: readonly PolicyRegoModule[],
  part: InputPart,
  context?: InputContext,
): Promise<GateAnswer> {
  if (modules.length === 0) return { ok: true }
  const decoded = modules.map(decodeModule)
  try {
    const withEvents = regoReadsEvents(gate.native, decoded, context !== undefined)
    const input =
      context === undefined ? regoInput(part, withEvents) : wrappedRegoInput(part, context, withEvents)
    const verdict = await evaluateRego(gate.native, decoded, input, gate.work, {
      sharedPackages: gate.hardening === 'warn',
    })
    if (verdict.ok) return verdict
    const code = verdict.kind === 'denied' ? 'ERR_REGO_DENIED' : 'ERR_REGO_FAILED'
    return { ok: false, code, reasons: verdict.reasons }
  } catch (thrown) {
    // Too large an input is a refusal of this evidence; a bug stays one.
    if (thrown instanceof LannerError && thrown.exit === 1) {
      return { ok: false, code: 'ERR_REGO_FAILED', reasons: [thrown.message] }
    }
    throw thrown
  }
}

/** Why `module` would be refused whatever the evidence is. */
export function moduleFault(native: Native, module: PolicyRegoModule): string | undefined {
  return regoFaults(native, [decodeModule(module)])[0]
}

function decodeModule({ name, module }: PolicyRegoModule): RegoModule {
  return { name, source: (module ?? Buffer.alloc(0)).toString('utf8') }
}
