// Makes a signer from what was named on the command line: key file, passphrase, certificate, intermediates.
// Everything is read here, once, and every file closed: nothing is left open when the step starts. Used by the commands.
import { usageError } from '../error.ts'
import { loadSigningCertificate } from './certificates.ts'
import { loadPrivateKey } from './keys.ts'
import { type PassphraseSources, resolvePassphrase } from './passphrase.ts'
import { createSigner, type Signer } from './signer.ts'

/** The files of one signing identity. */
export interface FileSignerSources {
  readonly keyFile: string
  readonly passphrase: PassphraseSources
  readonly certificateFile?: string | undefined
  readonly intermediateFiles: readonly string[]
}

/** Loads the identity and wipes the passphrase. */
export function loadFileSigner(sources: FileSignerSources): Signer {
  const { keyFile, certificateFile, intermediateFiles } = sources
  if (certificateFile === undefined && intermediateFiles.length > 0) {
    throw usageError(
      'ERR_USAGE_SIGNER',
      '`--signer-file-intermediate-paths` needs a leaf certificate',
      'name it with `--signer-file-cert-path`',
    )
  }
  const passphrase = resolvePassphrase(sources.passphrase)
  try {
    const key = loadPrivateKey(keyFile, passphrase)
    const identity =
      certificateFile === undefined
        ? undefined
        : loadSigningCertificate(certificateFile, intermediateFiles, key)
    return createSigner(key, keyFile, identity)
  } finally {
    passphrase?.wipe()
  }
}
