// What Clipanion keeps of an option in the field of a command that is made anew: how it is defined, and how its value is found.
// Reads no words. Used by those who spare Clipanion its state machine, in whole or in part.
import { Command } from 'clipanion'
import type { LannerContext } from './context.ts'

/** What was typed, as Clipanion hands it to the options. */
export interface ParsedWords {
  readonly options: readonly { readonly name: string; readonly value: unknown }[]
  readonly positionals: readonly { readonly value: string; readonly extra: unknown }[]
}

/** An option that does not have its value yet. */
export interface OptionSpec {
  readonly definition: (builder: unknown, key: string) => void
  /** The value for what was typed. Throws Clipanion's `UsageError`. */
  readonly transformer: (builder: unknown, key: string, state: ParsedWords, context: unknown) => unknown
}

/** The fields of a new command that are options. */
export function optionsOf(command: object): [key: string, spec: OptionSpec][] {
  return Object.entries(command).filter(
    ([, value]) => typeof value === 'object' && value !== null && Command.isOption in value,
  )
}

/** Gives each option of `command` its value, as Clipanion does once it has read the words. */
export function setOptions<Made extends Command<LannerContext>>(
  command: Made,
  options: ParsedWords['options'],
  context: LannerContext,
): Made {
  command.context = context
  const words = { options, positionals: [] }
  for (const [key, { transformer }] of optionsOf(command)) {
    Reflect.set(command, key, transformer(undefined, key, words, context))
  }
  return command
}
