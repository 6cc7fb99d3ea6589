// Order of names by their UTF-8 bytes, the same on every machine and as Go and `LC_ALL=C sort` order them.
// Knows no locale. Used wherever a predicate's keys or lists need one order.

/** Negative, zero or positive as `left` comes before, with or after `right`. JavaScript's own order differs beyond U+FFFF. */
export function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}

/** An object with the entries in the order of their keys; `__proto__` stays a plain key. */
export function sortedObject<Value>(entries: Iterable<readonly [string, Value]>): Record<string, Value> {
  return Object.fromEntries([...entries].sort(([left], [right]) => compareBytes(left, right)))
}
