// A key and a certificate for 127.0.0.1 and for names, made anew by openssl.
// Used by tests of outputs over TLS.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { folder } from './bench.ts'

/** Paths of both, as PEM files. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** One that goes with the test. */
export function certificate(t: ExecutionContext, names?: readonly string[]): Certificate {
  return certificateIn(folder(t), names)
}

/** One in a folder of the caller's. */
export function certificateIn(directory: string, names: readonly string[] = ['localhost']): Certificate {
  const key = join(directory, 'key.pem')
  const cert = join(directory, 'cert.pem')
  const words = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    key,
    '-out',
    cert,
  ]
  const alternatives = ['IP:127.0.0.1', ...names.map(name => `DNS:${name}`)].join()
  const subject = ['-subj', `/CN=${names[0]}`, '-addext', `subjectAltName=${alternatives}`]
  execFileSync('openssl', [...words, ...subject], { stdio: 'ignore' })
  return { key, cert }
}
