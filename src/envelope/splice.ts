// JSON whose heavy parts stay in the addon: a `Splice` stands in an object for text that only the addon holds.
// Writes compact JSON as pieces, never one big string. Used by attestors (to place a splice) and by `statement.ts`.

/** Something of the addon that can append its own JSON text to a payload: event lines, tree leaves. */
export interface SpliceSource<Target> {
  /** Appends valid JSON text to `target`. */
  appendTo(target: Target): void
}

/** A value whose JSON text is appended by the addon. */
export class Splice<Target> {
  readonly source: SpliceSource<Target>

  constructor(source: SpliceSource<Target>) {
    this.source = source
  }
}

/** Receives the pieces of one JSON text in order. */
export interface JsonSink<Target> {
  text(json: string): void
  splice(source: SpliceSource<Target>): void
}

/**
 * Writes `value` as compact JSON into `sink`. Object keys keep their order; `undefined` members are left out as
 * `JSON.stringify` does. Values without a splice go through `JSON.stringify` whole.
 */
export function writeJson<Target>(value: unknown, sink: JsonSink<Target>): void {
  if (value instanceof Splice) {
    sink.splice((value as Splice<Target>).source)
  } else if (!holdsSplice(value)) {
    sink.text(JSON.stringify(value) ?? 'null')
  } else if (Array.isArray(value)) {
    value.forEach((element, index) => {
      sink.text(index === 0 ? '[' : ',')
      writeJson(element, sink)
    })
    sink.text(']')
  } else {
    writeObject(value as Record<string, unknown>, sink)
  }
}

function writeObject<Target>(object: Record<string, unknown>, sink: JsonSink<Target>): void {
  let lead = '{'
  for (const [key, member] of Object.entries(object)) {
    if (member === undefined) continue
    sink.text(`${lead}${JSON.stringify(key)}:`)
    writeJson(member, sink)
    lead = ','
  }
  sink.text(lead === '{' ? '{}' : '}')
}

function holdsSplice(value: unknown): boolean {
  if (value instanceof Splice) return true
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some(holdsSplice)
}
