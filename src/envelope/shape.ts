// What schemas on the way of `verify` share: they are built from zod's small half, which loads in a fraction of the time.
// Knows no document. Used where envelopes, evidence and policies are read.
import * as z from 'zod/mini'
import en from 'zod/v4/locales/en.js'

/**
 * Has the small half say what is wrong as the large one does; for `safeParse`. A document is read once, so that compiling its schema
 * to a function of its own would take longer than reading it.
 */
export const READABLE: { readonly error: z.core.$ZodErrorMap; readonly jitless: true } = {
  error: en().localeError,
  jitless: true,
}

/** `schema`, or `otherwise` where there is nothing or `null`. */
export function or<Schema extends z.ZodMiniType>(
  schema: Schema,
  otherwise: () => z.output<Schema>,
): z.ZodMiniType<z.output<Schema>, z.input<Schema> | null | undefined> {
  return z.pipe(
    z.nullish(schema),
    z.transform(value => value ?? otherwise()),
  ) as never
}
