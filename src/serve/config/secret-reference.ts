// Secrets in the configuration, and texts that stand beside them: written out, or `{env: NAME}`, or `{file: PATH}`, which are looked up only
// when used. A secret written out is wrapped at once, so that no message prints it. Used by the configuration and the server.
import * as z from 'zod/mini'
import { Secret } from '../../envelope/secret.ts'
import { readTextSource, type TextSource } from '../outputs/secret-value.ts'

/** Where a secret is. */
export type SecretReference = Secret | { readonly env: string } | { readonly file: string }

const elsewhere = [
  z.strictObject({ env: z.string().check(z.minLength(1)) }),
  z.strictObject({ file: z.string().check(z.minLength(1)) }),
] as const

/** Reads a text that may be shown when it is written out, or a reference to one that may not: a user, an address. */
export const textReference: z.ZodMiniType<TextSource> = z.union(
  [z.string('expected text').check(z.minLength(1, 'is empty')), ...elsewhere],
  'expected text, {env: NAME} or {file: PATH}',
)

/** Reads a secret or a reference to one. */
export const secretReference: z.ZodMiniType<SecretReference> = z.union([
  z.pipe(
    z.string().check(z.minLength(1)),
    z.transform((text: string) => new Secret(text)),
  ),
  ...elsewhere,
]) as never

/** The secret itself. Throws `ERR_CONFIG_SECRET` when it is not there, or empty. */
export async function resolveSecret(
  reference: SecretReference,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Secret> {
  // Paths are absolute since the configuration was read.
  return reference instanceof Secret ? reference : readTextSource(reference, { environment, directory: '/' })
}

/** The text itself. Throws as {@link resolveSecret} does. */
export async function resolveText(reference: TextSource): Promise<string> {
  if (typeof reference === 'string') return reference
  return (await resolveSecret(reference)).reveal().toString('utf8')
}

/** A reference as it may be shown: where the text is, and not what it is. */
export function referenceText(reference: { readonly env: string } | { readonly file: string }): string {
  return 'env' in reference ? `what ${reference.env} says` : `what ${reference.file} says`
}
