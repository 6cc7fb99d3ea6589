// The table of the one command that is bundled by itself; stands in for `table.ts` there, so that nothing is loaded in two steps.
// Used by scripts/bundle.mjs alone.
import type { CommandRow } from './table.ts'
import { VerifyCommand } from './verify.ts'

/** The only row. */
export const COMMANDS: readonly CommandRow[] = [
  { path: ['verify'], valued: 'pkafsol', load: async () => VerifyCommand },
]

/** That row, whatever the words: `cli.ts` comes here for `verify` alone. */
export function rowFor(): CommandRow | undefined {
  return COMMANDS[0]
}
