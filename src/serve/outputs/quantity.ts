// Spans of time and amounts of bytes as the configuration of an output writes them: `30s`, `1.5h`, `5MB`, `64KiB`.
// Turns them into milliseconds and bytes; reads no clock. Used by the schemas of this folder.
import * as z from 'zod'

const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 1024,
  MIB: 1024 ** 2,
  GIB: 1024 ** 3,
  TIB: 1024 ** 4,
}

/** Milliseconds of `text`, or `undefined` when it is no span of time. */
export function milliseconds(text: string): number | undefined {
  if (text === '0') return 0
  const found = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text)
  return found === null ? undefined : Math.round(Number(found[1]) * (MILLISECONDS[found[2] ?? ''] ?? 0))
}

/** Bytes of `text`, or `undefined` when it is no amount. */
export function bytes(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?) ?([kmgt]?i?b)$/i.exec(text)
  return found === null
    ? undefined
    : Math.round(Number(found[1]) * (BYTES[(found[2] ?? '').toUpperCase()] ?? 0))
}

type Read = (text: string) => number | undefined

function quantity(read: Read, expected: string): z.ZodType<number, string> {
  return z.string({ error: expected }).transform((text, context) => {
    const value = read(text)
    if (value !== undefined) return value
    context.issues.push({ code: 'custom', message: expected, input: text })
    return z.NEVER
  })
}

/** A span of time, in milliseconds once read. */
export const duration: z.ZodType<number, string> = quantity(
  milliseconds,
  'expected a span of time such as 500ms, 30s, 5m, 2h or 7d',
)

/** An amount of bytes, as a number once read. */
export const size: z.ZodType<number, string> = quantity(bytes, 'expected an amount such as 64KiB, 5MB or 1GB')
