// A number with its noun.
// Used by what words counts for a person.

/** `1 window`, `2 windows`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
