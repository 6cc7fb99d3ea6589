// Single values as the configuration writes them, each with a schema that says what was expected instead.
// Knows no key. Used by `schema.ts`.
import * as z from 'zod/mini'
import { PRIORITIES, type Priority, priorityOf } from '../../detect/priority.ts'
import { bytes, milliseconds } from '../outputs/quantity.ts'
import { type ListenAddress, parseListenAddress } from './listen-address.ts'

/** A text that `read` understands. */
export function readAs<Value>(
  read: (text: string) => Value | undefined,
  expected: string,
): z.ZodMiniType<Value> {
  return z.pipe(
    z.string(expected),
    z.transform((text: string, context) => {
      const value = read(text)
      if (value !== undefined) return value
      context.issues.push({ code: 'custom', message: `\`${text}\` is not ${expected}`, input: text })
      return z.NEVER
    }),
  ) as never
}

/** `schema`, or `value` where the key is absent or empty. */
export function otherwise<Schema extends z.ZodMiniType>(
  schema: Schema,
  value: () => z.output<Schema>,
): z.ZodMiniType<z.output<Schema>> {
  return z.pipe(
    z.nullish(schema),
    z.transform(given => given ?? value()),
  ) as never
}

/** One value or a list of them; `usual` where the key is absent. */
export function listOf<Item>(
  item: z.ZodMiniType<Item>,
  usual: readonly Item[] = [],
): z.ZodMiniType<readonly Item[]> {
  return z.pipe(
    z.nullish(z.pipe(z.transform(asList), z.array(item))),
    z.transform(list => list ?? usual),
  ) as never
}

function asList(value: unknown): unknown {
  return Array.isArray(value) || value === undefined || value === null ? value : [value]
}

/** Text that is not empty. */
export const text: z.ZodMiniType<string> = z.string('expected text').check(z.minLength(1, 'is empty'))

/** Whole number from 1, or from `least`. */
export function whole(least = 1, most: number = Number.MAX_SAFE_INTEGER): z.ZodMiniType<number> {
  const expected = `expected a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`}`
  return z.int(expected).check(z.gte(least, expected), z.lte(most, expected))
}

/** A span above zero, in milliseconds. */
export const span: z.ZodMiniType<number> = readAs(
  written => positive(milliseconds(written)),
  'a span of time such as 30s, 5m or 7d',
)

/** A size above zero, in bytes; a bare number is bytes. */
export const size: z.ZodMiniType<number> = z.pipe(
  z.transform(value => (typeof value === 'number' ? `${value}B` : value)),
  readAs(written => positive(bytes(written)), 'a size such as 10GB or 64MiB'),
) as never

function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined
}

/** See `listen-address.ts`. */
export const listenAddress: z.ZodMiniType<ListenAddress> = readAs(
  parseListenAddress,
  '`host:port` or `unix:/path`',
)

/** In any case; `info` is Informational. */
export const priority: z.ZodMiniType<Priority> = readAs(
  priorityOf,
  `one of ${PRIORITIES.map(each => each.toLowerCase()).join(', ')}`,
)
