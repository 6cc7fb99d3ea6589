// The options that name a signing identity, spelled as cilock spells them, for every command that signs.
// Reads no file before `loadSigner` is called. Extended by `run`, `attest` and `sign`.
import { Command, Option } from 'clipanion'
import { loadFileSigner } from '../envelope/file-signer.ts'
import type { Signer } from '../envelope/signer.ts'
import { usageError } from '../error.ts'
import type { LannerContext } from './context.ts'
import { parseList } from './flag-values.ts'

/** A command with `-k` and its companions. */
export abstract class SignerCommand extends Command<LannerContext> {
  keyPath: string | undefined = Option.String('-k,--signer-file-key-path', {
    description: 'Private key that signs: PEM, PKCS#8, PKCS#1 or SEC1, encrypted or not',
  })

  keyPassphrase: string | undefined = Option.String('--signer-file-key-passphrase', {
    description: 'Passphrase of the key; visible to other users, prefer the file or LANNER_KEY_PASSPHRASE',
  })

  keyPassphrasePath: string | undefined = Option.String('--signer-file-key-passphrase-path', {
    description: 'File whose single line is the passphrase of the key',
  })

  certPath: string | undefined = Option.String('--signer-file-cert-path', {
    description: 'X.509 certificate of the key, PEM; goes into the envelope',
  })

  intermediatePaths: string[] = Option.Array('--signer-file-intermediate-paths', [], {
    description: 'Intermediate certificates, PEM; repeat or separate by commas',
  })

  /** Reads key, passphrase and certificates; nothing stays open. Refuses when no key was named. */
  async loadSigner(): Promise<Signer> {
    if (this.keyPath === undefined) {
      throw usageError(
        'ERR_USAGE_SIGNER',
        'no key to sign with',
        'pass `-k key.pem`; `lanner keygen` makes one',
      )
    }
    // /proc/PID/cmdline is open to every user (proc(5)). Setting the title overwrites the words, passphrase included.
    if (this.keyPassphrase !== undefined) process.title = 'lanner'
    return loadFileSigner({
      keyFile: this.keyPath,
      passphrase: { flag: this.keyPassphrase, file: this.keyPassphrasePath, env: this.context.env },
      certificateFile: this.certPath,
      intermediateFiles: parseList(this.intermediatePaths),
    })
  }
}
