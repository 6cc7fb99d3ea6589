import { X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { loadFileSigner } from '../../src/envelope/file-signer.ts'
import { freshFolder, openssl } from './workbench.ts'

/** A leaf with its key, and an unrelated certificate that stands in for an intermediate. */
function identity(t: ExecutionContext): Record<'key' | 'cert' | 'other' | 'folder', string> {
  const folder = freshFolder(t)
  const at = (name: string) => join(folder, name)
  for (const name of ['leaf', 'other']) {
    openssl(['genpkey', '-algorithm', 'ed25519', '-out', at(`${name}.key.pem`)])
    openssl([
      'req',
      '-x509',
      '-key',
      at(`${name}.key.pem`),
      '-subj',
      `/CN=${name}`,
      '-out',
      at(`${name}.pem`),
    ])
  }
  return { folder, key: at('leaf.key.pem'), cert: at('leaf.pem'), other: at('other.pem') }
}

const load = (keyFile: string, certificateFile: string | undefined, intermediateFiles: string[]) =>
  loadFileSigner({ keyFile, certificateFile, intermediateFiles, passphrase: { env: {} } })

test('certificate and intermediates come out as the PEM text OpenSSL wrote, whatever surrounds it', t => {
  const { folder, key, cert, other } = identity(t)
  const both = join(folder, 'bundle.pem')
  writeFileSync(
    both,
    `subject=x\n${readFileSync(other, 'utf8').replaceAll('\n', '\r\n')}\n${readFileSync(cert, 'utf8')}`,
  )
  const signer = load(key, cert, [other, both])
  t.is(signer.certificate?.toString(), readFileSync(cert, 'utf8'))
  t.deepEqual(
    signer.intermediates?.map(String),
    [other, other, cert].map(file => readFileSync(file, 'utf8')),
  )
  t.true(new X509Certificate(signer.certificate ?? '').subject.includes('leaf'))
})

test('without a certificate a signer carries none', t => {
  const { key } = identity(t)
  t.false('certificate' in load(key, undefined, []))
})

test('a certificate of another key is refused', t => {
  const { key, other } = identity(t)
  t.throws(() => load(key, other, []), { code: 'ERR_KEY_CERTIFICATE', message: /other\.pem.*another key/ })
})

test('a file that is no certificate is refused by name, as leaf and as intermediate', t => {
  const { key, cert, folder } = identity(t)
  t.throws(() => load(key, key, []), { code: 'ERR_KEY_CERTIFICATE', message: /leaf\.key\.pem/ })
  t.throws(() => load(key, cert, [key]), { code: 'ERR_KEY_CERTIFICATE', message: /leaf\.key\.pem/ })
  t.throws(() => load(key, cert, [join(folder, 'none')]), {
    code: 'ERR_KEY_CERTIFICATE',
    message: /no such file/,
  })
  const empty = join(folder, 'empty.pem')
  writeFileSync(empty, '')
  t.throws(() => load(key, cert, [empty]), { code: 'ERR_KEY_FORMAT', message: /empty\.pem.*no PEM block/ })
})

test('intermediates without a leaf are wrong usage', t => {
  const { key, other } = identity(t)
  t.like(
    t.throws(() => load(key, undefined, [other])),
    { code: 'ERR_USAGE_SIGNER', exit: 2 },
  )
})
