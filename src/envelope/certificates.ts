// Loads the X.509 identity that goes beside a signature: the leaf, which must belong to the key, and its intermediates.
// Builds no chain and checks no dates: that is the verifier's question. Used by the file signer.
import { type KeyObject, X509Certificate } from 'node:crypto'
import { LannerError } from '../error.ts'
import { readBoundedFile } from './bounded-file.ts'
import { certificateKey } from './key-algorithm.ts'
import { publicKeyPem } from './key-id.ts'
import { encodePem, firstPemBlock, type PemBlock, pemBlocks } from './pem.ts'
import type { SigningCertificate } from './signer.ts'

const MAX_CERTIFICATE_FILE = 1024 * 1024
const EXPECTED = 'a PEM X.509 certificate'

/** The leaf of `certFile` (its first block) and every certificate of `intermediateFiles`, as the PEM texts DSSE carries. */
export function loadSigningCertificate(
  certFile: string,
  intermediateFiles: readonly string[],
  privateKey: KeyObject,
): SigningCertificate {
  const leaf = certificateIn(firstPemBlock(read(certFile), { file: certFile, expected: EXPECTED }), certFile)
  if (publicKeyPem(certificateKey(leaf, certFile)) !== publicKeyPem(privateKey)) {
    throw new LannerError(
      'ERR_KEY_CERTIFICATE',
      `certificate \`${certFile}\` belongs to another key than the signer's`,
      {
        facts: { file: certFile },
      },
    )
  }
  return { certificate: pemOf(leaf), intermediates: intermediateFiles.flatMap(loadIntermediates) }
}

function loadIntermediates(file: string): Buffer[] {
  const origin = { file, expected: EXPECTED }
  const text = read(file)
  firstPemBlock(text, origin)
  return [...pemBlocks(text, origin)].map(block => pemOf(certificateIn(block, file)))
}

function read(file: string): Buffer {
  return readBoundedFile(file, {
    limit: MAX_CERTIFICATE_FILE,
    code: 'ERR_KEY_CERTIFICATE',
    what: 'certificate file',
  })
}

function certificateIn(block: PemBlock, file: string): X509Certificate {
  try {
    return new X509Certificate(block.der)
  } catch (cause) {
    throw new LannerError(
      'ERR_KEY_CERTIFICATE',
      `\`${file}\`: block \`${block.label}\` is not a certificate; expected ${EXPECTED}`,
      { facts: { file, expected: EXPECTED }, cause },
    )
  }
}

/** Written anew, so that comments and odd line widths of the file don't reach the envelope. */
function pemOf(certificate: X509Certificate): Buffer {
  return Buffer.from(encodePem('CERTIFICATE', certificate.raw))
}
