// Secrets in the configuration: written out, or `{env: NAME}`, or `{file: PATH}`, which are looked up only when used.
// A secret written out is wrapped at once, so that no message prints it. Used by the configuration and the server.
import * as z from 'zod/mini'
import { Secret } from '../../envelope/secret.ts'
import { readTextSource } from '../outputs/secret-value.ts'

/** Where a secret is. */
export type SecretReference = Secret | { readonly env: string } | { readonly file: string }

/** Reads a secret or a reference to one. */
export const secretReference: z.ZodMiniType<SecretReference> = z.union([
  z.pipe(
    z.string().check(z.minLength(1)),
    z.transform((text: string) => new Secret(text)),
  ),
  z.strictObject({ env: z.string().check(z.minLength(1)) }),
  z.strictObject({ file: z.string().check(z.minLength(1)) }),
]) as never

/** The secret itself. Throws `ERR_CONFIG_SECRET` when it is not there, or empty. */
export async function resolveSecret(
  reference: SecretReference,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Secret> {
  // Paths are absolute since the configuration was read.
  return reference instanceof Secret ? reference : readTextSource(reference, { environment, directory: '/' })
}
