// The options that name a signing identity, spelled as cilock spells them: one table for every command that signs.
// Reads no file before `loadSigner` or `signerOf` is called. Used by `run`, `attest`, `sign` and `verify --vsa-outfile`.
import { Command, Option } from 'clipanion'
import { loadFileSigner } from '../envelope/file-signer.ts'
import type { Signer } from '../envelope/signer.ts'
import { usageError } from '../error.ts'
import type { LannerContext } from './context.ts'
import { parseList } from './flag-values.ts'

/** The rows; each makes its option anew, because clipanion binds an option to the class that holds it. */
export const SIGNER_ROWS = {
  key: (names: string, description: string): string | undefined => Option.String(names, { description }),
  passphrase: (): string | undefined =>
    Option.String('--signer-file-key-passphrase', {
      description: 'Passphrase of the key; visible to other users, prefer the file or LANNER_KEY_PASSPHRASE',
    }),
  passphrasePath: (): string | undefined =>
    Option.String('--signer-file-key-passphrase-path', {
      description: 'File whose single line is the passphrase of the key',
    }),
  certificate: (): string | undefined =>
    Option.String('--signer-file-cert-path', {
      description: 'X.509 certificate of the key, PEM; goes into the envelope',
    }),
  intermediates: (): string[] =>
    Option.Array('--signer-file-intermediate-paths', [], {
      description: 'Intermediate certificates, PEM; repeat or separate by commas',
    }),
} as const

/** The rows as they were typed. */
export interface SignerWords {
  readonly keyPath: string | undefined
  readonly keyPassphrase: string | undefined
  readonly keyPassphrasePath: string | undefined
  readonly certPath: string | undefined
  readonly intermediatePaths: readonly string[]
  readonly context: LannerContext
}

/** Reads key, passphrase and certificates, when a key was named; nothing stays open. */
export function signerOf(typed: SignerWords): Signer | undefined {
  if (typed.keyPath === undefined) return undefined
  // /proc/PID/cmdline is open to every user (proc(5)). Setting the title overwrites the words, passphrase included.
  if (typed.keyPassphrase !== undefined) process.title = 'lanner'
  return loadFileSigner({
    keyFile: typed.keyPath,
    passphrase: { flag: typed.keyPassphrase, file: typed.keyPassphrasePath, env: typed.context.env },
    certificateFile: typed.certPath,
    intermediateFiles: parseList(typed.intermediatePaths),
  })
}

/** A command with `-k` and its companions. */
export abstract class SignerCommand extends Command<LannerContext> {
  keyPath: string | undefined = SIGNER_ROWS.key(
    '-k,--signer-file-key-path',
    'Private key that signs: PEM, PKCS#8, PKCS#1 or SEC1, encrypted or not',
  )
  keyPassphrase: string | undefined = SIGNER_ROWS.passphrase()
  keyPassphrasePath: string | undefined = SIGNER_ROWS.passphrasePath()
  certPath: string | undefined = SIGNER_ROWS.certificate()
  intermediatePaths: string[] = SIGNER_ROWS.intermediates()

  /** The identity to sign with. Refuses when no key was named. */
  async loadSigner(): Promise<Signer> {
    const signer = signerOf(this)
    if (signer !== undefined) return signer
    throw usageError(
      'ERR_USAGE_SIGNER',
      'no key to sign with',
      'pass `-k key.pem`; `lanner keygen` makes one',
    )
  }
}
