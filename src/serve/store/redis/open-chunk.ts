// Words and values that the chunk that grows lists already, so that a process puts each there once. Another process may put it there again:
// sealing sorts that out. Used by `inserter.ts`.
import { TermSet } from './term-set.ts'

/** Values of a field that one chunk suggests. */
export const SUGGESTIONS = 1000

/** What the chunk that grows lists already, as far as this process put it there. */
export class OpenChunk {
  readonly number: string
  readonly words = new TermSet(1 << 12)
  readonly values = new TermSet(1 << 12)
  readonly valueCounts = new Map<string, number>()

  constructor(number: string) {
    this.number = number
  }
}
