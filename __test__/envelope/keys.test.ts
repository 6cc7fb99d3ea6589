import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { keyId } from '../../src/envelope/key-id.ts'
import { isPublicKeyInfo, loadPrivateKey, loadPublicHalf, loadPublicKey } from '../../src/envelope/keys.ts'
import { Secret } from '../../src/envelope/secret.ts'
import { freshFolder, openssl } from './workbench.ts'

/** Arguments of `openssl genpkey` for every kind of key that may sign. */
const ALLOWED = {
  ed25519: ['-algorithm', 'ed25519'],
  'P-256': ['-algorithm', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'P-384': ['-algorithm', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  'P-521': ['-algorithm', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-521'],
  'RSA 2048': ['-algorithm', 'rsa', '-pkeyopt', 'rsa_keygen_bits:2048'],
} as const

function generate(t: ExecutionContext, words: readonly string[]): { folder: string; key: string } {
  const folder = freshFolder(t)
  const key = join(folder, 'key.pem')
  openssl(['genpkey', ...words, '-out', key])
  return { folder, key }
}

/** The key id by other means: OpenSSL writes the canonical PEM, the digest is of its text. */
function expectedId(key: string): string {
  return createHash('sha256')
    .update(openssl(['pkey', '-in', key, '-pubout']))
    .digest('hex')
}

for (const [name, words] of Object.entries(ALLOWED)) {
  test(`one ${name} key has one id, the digest of OpenSSL's public PEM, in every encoding`, t => {
    const { folder, key } = generate(t, words)
    const id = expectedId(key)
    const pub = join(folder, 'pub.pem')
    const cert = join(folder, 'cert.pem')
    openssl(['pkey', '-in', key, '-pubout', '-out', pub])
    openssl(['req', '-x509', '-key', key, '-subj', '/CN=x', '-out', cert])
    const pkcs1 = join(folder, 'pkcs1.pub.pem')
    if (name.startsWith('RSA')) openssl(['rsa', '-in', key, '-RSAPublicKey_out', '-out', pkcs1])
    t.is(keyId(loadPrivateKey(key)), id)
    for (const file of name.startsWith('RSA') ? [pub, cert, pkcs1] : [pub, cert]) {
      t.is(keyId(loadPublicKey(file)), id)
      t.is(keyId(loadPublicHalf(file)), id)
    }
    t.is(keyId(loadPublicHalf(key)), id)
  })
}

for (const name of ['P-256', 'RSA 2048'] as const) {
  test(`a ${name} key loads from its traditional encoding, under a misleading label too`, t => {
    const { folder, key } = generate(t, ALLOWED[name])
    const traditional = openssl(['pkey', '-in', key, '-traditional']).toString()
    for (const label of ['X PRIVATE KEY', 'PRIVATE KEY', 'CERTIFICATE']) {
      const file = join(folder, 'traditional.pem')
      writeFileSync(file, traditional.replace(/(BEGIN|END) [A-Z ]+/g, `$1 ${label}`))
      t.is(keyId(loadPrivateKey(file)), expectedId(key))
    }
  })

  test(`a ${name} key under legacy DEK-Info encryption opens with its passphrase, whatever its label`, t => {
    const { folder, key } = generate(t, ALLOWED[name])
    const file = join(folder, 'legacy.pem')
    openssl(['pkey', '-in', key, '-traditional', '-aes-128-cbc', '-passout', 'pass:p w', '-out', file])
    t.true(readFileSync(file, 'utf8').includes('DEK-Info'))
    t.is(keyId(loadPrivateKey(file, new Secret('p w'))), expectedId(key))
    writeFileSync(file, readFileSync(file, 'utf8').replace(/(BEGIN|END) [A-Z ]+/g, '$1 ODD'))
    t.is(keyId(loadPrivateKey(file, new Secret('p w'))), expectedId(key))
  })
}

test('an elliptic key with a compressed point or explicit parameters has the id of the same key in canonical form', t => {
  const { folder, key } = generate(t, ALLOWED['P-256'])
  for (const words of [
    ['-conv_form', 'compressed'],
    ['-param_enc', 'explicit'],
  ]) {
    const file = join(folder, 'odd.pem')
    openssl(['ec', '-in', key, ...words, '-out', file])
    t.not(
      openssl(['pkey', '-in', file, '-pubout']).toString(),
      openssl(['pkey', '-in', key, '-pubout']).toString(),
    )
    t.is(keyId(loadPrivateKey(file)), expectedId(key))
  }
})

test('a missing and a wrong passphrase are told apart, for PKCS#8 and for DEK-Info', t => {
  const { folder, key } = generate(t, ALLOWED['P-256'])
  const file = join(folder, 'locked.pem')
  for (const words of [
    ['pkcs8', '-topk8', '-v2', 'aes-256-cbc'],
    ['pkcs8', '-topk8', '-v2', 'aes-128-cbc', '-v2prf', 'hmacWithSHA512'],
    ['pkcs8', '-topk8', '-scrypt'],
    ['pkey', '-traditional', '-aes-256-cbc'],
  ]) {
    openssl([...words, '-in', key, '-passout', 'pass:right', '-out', file])
    t.is(keyId(loadPrivateKey(file, new Secret('right'))), expectedId(key))
    t.like(
      t.throws(() => loadPrivateKey(file)),
      { code: 'ERR_KEY_PASSPHRASE', facts: { passphrase: 'missing' } },
    )
    t.like(
      t.throws(() => loadPrivateKey(file, new Secret('wrong'))),
      {
        code: 'ERR_KEY_PASSPHRASE',
        facts: { passphrase: 'wrong' },
      },
    )
  }
})

test('a passphrase for a key that is not encrypted does no harm', t => {
  const { key } = generate(t, ALLOWED.ed25519)
  t.is(keyId(loadPrivateKey(key, new Secret('unneeded'))), expectedId(key))
})

for (const [name, words, found] of [
  ['secp256k1', ['-algorithm', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1'], 'secp256k1'],
  ['P-224', ['-algorithm', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-224'], 'secp224r1'],
  ['Ed448', ['-algorithm', 'ed448'], 'ed448'],
  ['X25519', ['-algorithm', 'x25519'], 'x25519'],
  ['RSA 1024', ['-algorithm', 'rsa', '-pkeyopt', 'rsa_keygen_bits:1024'], 'RSA key of 1024 bits'],
  ['RSA-PSS', ['-algorithm', 'rsa-pss', '-pkeyopt', 'rsa_keygen_bits:2048'], 'restricted to PSS'],
] as const) {
  test(`a key of kind ${name} is refused by name, private and public`, t => {
    const { folder, key } = generate(t, words)
    const pub = join(folder, 'pub.pem')
    openssl(['pkey', '-in', key, '-pubout', '-out', pub])
    for (const load of [() => loadPrivateKey(key), () => loadPublicKey(pub), () => loadPublicHalf(key)]) {
      const error = t.throws(load, { code: 'ERR_KEY_TYPE' })
      t.true(error?.message.includes(found), error?.message)
    }
  })
}

test('a key file whose public half belongs to another key is refused', t => {
  const first = generate(t, ALLOWED['P-256'])
  const second = generate(t, ALLOWED['P-256'])
  const der = (key: string) => openssl(['ec', '-in', key, '-outform', 'DER'])
  const own = der(first.key)
  const forged = Buffer.concat([own.subarray(0, -65), der(second.key).subarray(-65)])
  const file = join(first.folder, 'forged.pem')
  writeFileSync(file, `-----BEGIN K-----\n${forged.toString('base64')}\n-----END K-----\n`)
  t.throws(() => loadPrivateKey(file), { code: 'ERR_KEY_FORMAT', message: /belongs to another key/ })
})

test('a public key does not pass for a private one, nor a private one, locked or not, for a public one', t => {
  const { folder, key } = generate(t, ALLOWED['RSA 2048'])
  const pub = join(folder, 'pub.pem')
  openssl(['pkey', '-in', key, '-pubout', '-out', pub])
  t.throws(() => loadPrivateKey(pub), {
    code: 'ERR_KEY_FORMAT',
    message: /holds a public key; expected a PEM private/,
  })
  const encodings = [
    ['pkcs8', '-topk8', '-nocrypt'],
    ['pkey', '-traditional'],
    ['pkcs8', '-topk8', '-passout', 'pass:x'],
  ]
  for (const words of encodings) {
    const file = join(folder, 'private.pem')
    openssl([...words, '-in', key, '-out', file])
    t.throws(() => loadPublicKey(file), { code: 'ERR_KEY_FORMAT', message: /holds a private key/ })
  }
})

test('a file that is missing, a directory, too large or no key is refused by name', t => {
  const folder = freshFolder(t)
  const file = join(folder, 'x.pem')
  t.throws(() => loadPrivateKey(file), { code: 'ERR_KEY_READ', message: /x\.pem.*no such file/ })
  t.throws(() => loadPrivateKey(folder), { code: 'ERR_KEY_READ', message: /directory/ })
  t.throws(() => loadPrivateKey('/dev/zero'), { code: 'ERR_KEY_READ', message: /larger than/ })
  writeFileSync(file, '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n')
  for (const load of [loadPrivateKey, loadPublicKey, loadPublicHalf]) {
    t.throws(() => load(file), { code: 'ERR_KEY_FORMAT', message: /x\.pem. holds no key; expected a PEM/ })
  }
})

for (const [name, words] of Object.entries(ALLOWED)) {
  test(`of ${name} only the public key itself has the form of one`, t => {
    const { key } = generate(t, words)
    const der = (...more: string[]): Buffer => openssl(['pkey', '-in', key, '-outform', 'DER', ...more])
    t.true(isPublicKeyInfo(der('-pubout')))
    t.false(isPublicKeyInfo(der()))
    t.false(isPublicKeyInfo(der('-pubout').subarray(1)))
  })
}
