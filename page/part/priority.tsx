// A priority by word and by colour, so that neither is needed to know the other.
import type { JSX } from 'preact'

/** The word with its mark. */
export function Priority({ name }: { readonly name: string }): JSX.Element {
  return (
    <span class="priority" data-priority={name}>
      {name}
    </span>
  )
}
