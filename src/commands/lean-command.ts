// Leaves out of a command the options nobody typed. Clipanion builds a state machine over all of them, which takes longer than
// many a command; what an option is when it is not typed, its class says without the machine. Used by `cli-run.ts`.
import type { CommandClass } from 'clipanion'
import type { LannerContext } from './context.ts'
import { type OptionSpec, optionsOf } from './option-specs.ts'

/** What an option tells of itself when it is asked to define itself. */
interface Told {
  readonly names: readonly string[]
  readonly required: boolean
}

/**
 * `full` with only the options that `words` may mean; a word counts even where it is another option's value. `undefined` when a
 * required option is not among them: that is a complaint, and complaints know all options.
 */
export function leanCommand(
  full: CommandClass<LannerContext>,
  words: readonly string[],
): CommandClass<LannerContext> | undefined {
  const typed = new Set(words.map(word => word.split('=', 1)[0] ?? word))
  const letters = words.filter(word => /^-[^-]/.test(word)).join('')
  const meant = ({ names }: Told): boolean =>
    names.some(name => typed.has(name) || (name.length === 2 && letters.includes(name.charAt(1))))
  const idle: string[] = []
  for (const [key, spec] of optionsOf(new full())) {
    const told = tellingOf(spec, key)
    if (told === undefined || meant(told)) continue
    if (told.required) return undefined
    idle.push(key)
  }
  const silent = { definition: (): void => undefined }
  const Whole = full as unknown as new () => object
  return class extends Whole {
    constructor() {
      super()
      const fields = this as unknown as Record<string, object>
      for (const key of idle) fields[key] = { ...fields[key], ...silent }
    }
  } as unknown as CommandClass<LannerContext>
}

/** `undefined` for what is no option with a name: a positional word, or the rest of them. */
function tellingOf(spec: OptionSpec, key: string): Told | undefined {
  let told: Told | undefined
  const builder = {
    addOption: ({ names, required }: { names: readonly string[]; required?: boolean }): void => {
      told = { names, required: required === true }
    },
    addPositional: (): void => undefined,
    addRest: (): void => undefined,
    addProxy: (): void => undefined,
  }
  spec.definition(builder, key)
  return told
}
