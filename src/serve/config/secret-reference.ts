// Secrets in the configuration: written out, or `{env: NAME}`, or `{file: PATH}`, which are looked up only when used.
// A secret written out is wrapped at once, so that no message prints it. Used by the configuration and the server.
import { readFile } from 'node:fs/promises'
import * as z from 'zod/mini'
import { Secret } from '../../envelope/secret.ts'
import { LannerError } from '../../error.ts'

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
export async function resolveSecret(reference: SecretReference): Promise<Secret> {
  if (reference instanceof Secret) return reference
  if ('env' in reference) {
    const value = process.env[reference.env]
    if (value !== undefined && value !== '') return new Secret(value)
    throw missing(`environment variable \`${reference.env}\` is not set`, reference.env)
  }
  const text = await readFile(reference.file).catch((cause: unknown) => {
    throw missing(`secret file \`${reference.file}\` can't be read`, reference.file, cause)
  })
  // Editors and `echo` end a file with a line end, which no token has.
  const end = text.at(-1) === 0x0a ? (text.at(-2) === 0x0d ? -2 : -1) : text.length
  const secret = new Secret(text.subarray(0, end))
  text.fill(0)
  if (secret.reveal().length > 0) return secret
  throw missing(`secret file \`${reference.file}\` is empty`, reference.file)
}

function missing(message: string, place: string, cause?: unknown): LannerError {
  return new LannerError('ERR_CONFIG_SECRET', message, { exit: 2, facts: { place }, cause })
}
