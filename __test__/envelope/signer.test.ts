import {
  constants,
  createPublicKey,
  createVerify,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { inMemoryPae, paeHeader, preAuthEncoding } from '../../src/envelope/pae.ts'
import { verifySignature } from '../../src/envelope/signature-trials.ts'
import { createSigner, type SignablePae } from '../../src/envelope/signer.ts'
import { freshFolder, openssl } from './workbench.ts'

const TYPE = 'application/vnd.in-toto+json'
const PAYLOAD = Buffer.from('{"hello":"wörld"}')

const KEYS: Record<string, KeyObject> = {
  ed25519: generateKeyPairSync('ed25519').privateKey,
  'P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  'P-384': generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  'P-521': generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey,
  RSA: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
}

/** What OpenSSL is told to check a signature of each algorithm with; the digest is SHA-256 on every curve. */
const RECIPES = {
  ed25519: ['-rawin'],
  ecdsa: ['-rawin', '-digest', 'sha256'],
  'rsa-pss': [
    '-rawin',
    '-digest',
    'sha256',
    '-pkeyopt',
    'rsa_padding_mode:pss',
    '-pkeyopt',
    'rsa_pss_saltlen:max',
  ],
}

test('the encoding of DSSE version 1 counts bytes, not characters', t => {
  t.is(
    preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world')).toString(),
    'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
  )
  t.is(preAuthEncoding('tüp', Buffer.from('é')).toString(), 'DSSEv1 4 tüp 2 é')
  t.is(paeHeader('', 2n ** 60n).toString(), 'DSSEv1 0  1152921504606846976 ')
})

test('the chunks of an encoding join to the encoding, as often as they are asked for', async t => {
  await fc.assert(
    fc.asyncProperty(fc.string(), fc.uint8Array(), async (type, payload) => {
      const pae = inMemoryPae(type, payload)
      const whole = preAuthEncoding(type, payload)
      for (const _ of [1, 2]) {
        const chunks: Buffer[] = []
        for await (const chunk of pae.chunks()) chunks.push(chunk)
        if (!Buffer.concat(chunks).equals(whole)) return false
      }
      return pae.length === BigInt(whole.length)
    }),
  )
  t.pass()
})

for (const [name, key] of Object.entries(KEYS)) {
  const publicKey = createPublicKey(key)

  test(`OpenSSL alone confirms a signature by ${name}`, async t => {
    const folder = freshFolder(t)
    const signer = createSigner(key, 'key.pem')
    const file = (leaf: string, bytes: string | Buffer): string => {
      writeFileSync(join(folder, leaf), bytes)
      return join(folder, leaf)
    }
    const signature = await signer.sign(inMemoryPae(TYPE, PAYLOAD))
    const where = [
      ...['-pubin', '-inkey', file('pub.pem', signer.publicKeyPem)],
      ...['-sigfile', file('sig', signature), '-in', file('pae', preAuthEncoding(TYPE, PAYLOAD))],
    ]
    t.regex(
      openssl(['pkeyutl', '-verify', ...where, ...RECIPES[signer.algorithm]]).toString(),
      /Verified Successfully/,
    )
  })

  test(`a signature by ${name} holds for its type, payload and key, and for no other`, async t => {
    const signature = await createSigner(key, 'key.pem').sign(inMemoryPae(TYPE, PAYLOAD))
    const holds = (type: string, payload: Buffer, bytes: Uint8Array, by = publicKey) =>
      verifySignature(by, inMemoryPae(type, payload), bytes)
    t.true(await holds(TYPE, PAYLOAD, signature))
    t.false(await holds(`${TYPE} `, PAYLOAD, signature))
    t.false(await holds(TYPE, Buffer.concat([PAYLOAD, Buffer.from([0])]), signature))
    for (const bad of [
      signature.subarray(1),
      Buffer.concat([signature, Buffer.from([0])]),
      Buffer.alloc(0),
      flip(signature),
    ]) {
      t.false(await holds(TYPE, PAYLOAD, bad))
    }
    for (const other of Object.values(KEYS)) {
      if (other !== key) t.false(await holds(TYPE, PAYLOAD, signature, createPublicKey(other)))
    }
  })
}

test('ECDSA hashes with SHA-256 on every curve and writes DER', async t => {
  for (const name of ['P-256', 'P-384', 'P-521']) {
    const key = KEYS[name] as KeyObject
    const signature = await createSigner(key, 'key.pem').sign(inMemoryPae(TYPE, PAYLOAD))
    const check = createVerify('sha256').update(preAuthEncoding(TYPE, PAYLOAD))
    t.true(check.verify({ key: createPublicKey(key), dsaEncoding: 'der' }, signature))
  }
})

test('RSA-PSS is accepted with any salt length, PKCS#1 v1.5 and another digest never', async t => {
  const key = KEYS.RSA as KeyObject
  const padding = constants.RSA_PKCS1_PSS_PADDING
  const pae = preAuthEncoding(TYPE, PAYLOAD)
  const holds = (bytes: Buffer) => verifySignature(createPublicKey(key), inMemoryPae(TYPE, PAYLOAD), bytes)
  for (const saltLength of [0, 32, constants.RSA_PSS_SALTLEN_MAX_SIGN]) {
    t.true(await holds(sign('sha256', pae, { key, padding, saltLength })))
  }
  t.false(await holds(sign('sha256', pae, { key, padding: constants.RSA_PKCS1_PADDING })))
  t.false(await holds(sign('sha512', pae, { key, padding, saltLength: 32 })))
})

test('the Ed25519 seed handed out is the key itself, and zeros as soon as the signature is made', async t => {
  const key = KEYS.ed25519 as KeyObject
  let kept: Uint8Array = Buffer.alloc(0)
  let during = ''
  const spy: SignablePae = {
    ...inMemoryPae(TYPE, PAYLOAD),
    async signEd25519(seed) {
      kept = seed
      during = Buffer.from(seed).toString('base64url')
      return Buffer.alloc(64)
    },
  }
  await createSigner(key, 'key.pem').sign(spy)
  t.is(during, String(key.export({ format: 'jwk' }).d))
  t.true(kept.every(byte => byte === 0))
  const failing: SignablePae = {
    ...spy,
    async signEd25519(seed) {
      kept = seed
      throw new Error(`${seed.length} bytes`)
    },
  }
  await t.throwsAsync(createSigner(key, 'key.pem').sign(failing), { message: '32 bytes' })
  t.true(kept.every(byte => byte === 0))
})

function flip(signature: Buffer): Buffer {
  const flipped = Buffer.from(signature)
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1
  return flipped
}
