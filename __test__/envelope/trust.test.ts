import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { inMemoryPae } from '../../src/envelope/pae.ts'
import { trySignatures } from '../../src/envelope/signature-trials.ts'
import {
  keyVerifier,
  type SignatureVerdict,
  type TrustedKeys,
  verifyEnvelopeSignatures,
} from '../../src/envelope/trust.ts'
import {
  asAuthority,
  asTimestampAuthority,
  type Identity,
  signatureBy,
  TestAuthority,
} from './test-authority.ts'
import { openEnvelope } from './trust-corpus.ts'
import { freshFolder } from './workbench.ts'

const TYPE = 'application/vnd.in-toto+json'
const PAYLOAD = Buffer.from('{"_type":"x","subject":[],"predicateType":"y","predicate":{}}')
const PAE = Buffer.concat([Buffer.from(`DSSEv1 ${TYPE.length} ${TYPE} ${PAYLOAD.length} `), PAYLOAD])
const NOBODY: TrustedKeys = { keys: [], authorities: [], timestampAuthorities: [] }

const ED25519 = generateKeyPairSync('ed25519')
const P256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const P384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })

async function verdictOn(
  t: ExecutionContext,
  signatures: readonly object[],
  trust: TrustedKeys,
): Promise<SignatureVerdict> {
  const file = join(freshFolder(t), 'envelope.json')
  writeFileSync(file, JSON.stringify({ payload: PAYLOAD.toString('base64'), payloadType: TYPE, signatures }))
  const { envelope, work } = await openEnvelope(file)
  return verifyEnvelopeSignatures(envelope, trust, work)
}

function trusting(...keys: readonly KeyObject[]): TrustedKeys {
  return { ...NOBODY, keys: keys.map(keyVerifier) }
}

function certified(
  leaf: Identity,
  token: Buffer | undefined,
  signature = signatureBy(leaf.key, PAE),
): object {
  return {
    ...signature,
    certificate: leaf.pem.toString('base64'),
    ...(token === undefined ? {} : { timestamps: [{ type: 'tsp', data: token.toString('base64') }] }),
  }
}

test('an envelope without signatures is refused', async t => {
  const verdict = await verdictOn(t, [], trusting(ED25519.publicKey))
  t.is(verdict.ok ? '' : verdict.code, 'ERR_SIGNATURE_NONE')
})

test('a threshold below one is refused', async t => {
  const signatures = [signatureBy(ED25519.privateKey, PAE)]
  for (const threshold of [0, -1, Number.NaN, 1.5]) {
    const verdict = await verdictOn(t, signatures, { ...trusting(ED25519.publicKey), threshold })
    t.is(verdict.ok ? '' : verdict.code, 'ERR_SIGNATURE_THRESHOLD')
  }
})

test('a threshold counts distinct keys, not signatures', async t => {
  const trust = { ...trusting(ED25519.publicKey, P256.publicKey, P384.publicKey), threshold: 2 }
  const twiceOneKey = [signatureBy(P256.privateKey, PAE), signatureBy(P256.privateKey, PAE)]
  const refused = await verdictOn(t, twiceOneKey, trust)
  t.is(refused.ok ? '' : refused.code, 'ERR_SIGNATURE_THRESHOLD')
  t.true((await verdictOn(t, [...twiceOneKey, signatureBy(ED25519.privateKey, PAE)], trust)).ok)
})

test('one key listed twice counts once', async t => {
  const trust = { ...trusting(P256.publicKey, P256.publicKey), threshold: 2 }
  t.false((await verdictOn(t, [signatureBy(P256.privateKey, PAE)], trust)).ok)
  const [plain] = trust.keys
  if (plain === undefined) return t.fail()
  const alias = { ...plain, keyId: 'awskms:///alias/release' }
  const twice = [
    signatureBy(P256.privateKey, PAE),
    { ...signatureBy(P256.privateKey, PAE), keyid: alias.keyId },
  ]
  t.false((await verdictOn(t, twice, { ...trust, keys: [plain, alias] })).ok, 'under two ids')
})

test('the keyid a signature claims neither admits nor excludes it', async t => {
  const signature = signatureBy(P256.privateKey, PAE)
  const trust = trusting(ED25519.publicKey, P256.publicKey)
  const [ed25519] = trust.keys
  for (const keyid of ['', 'nonsense', ed25519?.keyId]) {
    const verdict = await verdictOn(t, [{ ...signature, keyid }], trust)
    t.deepEqual(verdict.ok && verdict.passed.map(passed => passed.keyId), [signature.keyid])
  }
  const stranger = signatureBy(P384.privateKey, PAE)
  t.false((await verdictOn(t, [{ ...stranger, keyid: signature.keyid }], trust)).ok)
})

test('every signature that does not count is explained under its position', async t => {
  const signatures = [signatureBy(P384.privateKey, PAE), signatureBy(P256.privateKey, PAE)]
  const verdict = await verdictOn(t, signatures, trusting(P256.publicKey))
  t.true(verdict.ok)
  t.deepEqual(
    verdict.attempts.map(({ index }) => index),
    [0],
  )
})

test('an envelope made to keep the verifier busy is refused', async t => {
  const signature = signatureBy(P256.privateKey, PAE)
  const verdict = await verdictOn(t, Array(1001).fill(signature), trusting(P256.publicKey))
  t.is(verdict.ok ? '' : verdict.code, 'ERR_SIGNATURE_MANY')
})

test('all ECDSA and RSA tries share one reading of the payload, and impossible ones cost none', async t => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  let readings = 0
  const pae = inMemoryPae(TYPE, PAYLOAD)
  const counting = {
    chunks: () => {
      readings++
      return pae.chunks()
    },
    verifyEd25519: () => Promise.reject(new Error('no Ed25519 signature is among them')),
  }
  const good = Buffer.from(signatureBy(P256.privateKey, PAE).sig, 'base64')
  const trials = [P256, P384, rsa, ED25519].map(({ publicKey }) => ({ key: publicKey, signature: good }))
  t.deepEqual(await trySignatures(trials, counting), [true, false, false, false])
  t.is(readings, 1)
  const raw = [{ key: P256.publicKey, signature: Buffer.alloc(64, 1) }]
  t.deepEqual(await trySignatures(raw, counting), [false])
  t.is(readings, 1)
})

test('a certificate counts only with a trusted time, a trusted root and its own key', async t => {
  const authority = new TestAuthority(freshFolder(t))
  const [root, other, stampRoot] = [authority.root('root'), authority.root('other'), authority.root('stamps')]
  const leaf = authority.leaf('leaf', root)
  const stamper = authority.stamper('stamper', stampRoot)
  const signature = signatureBy(leaf.key, PAE)
  const token = authority.stamp(stamper, Buffer.from(signature.sig, 'base64'))
  const trust = {
    keys: [],
    authorities: [asAuthority(other), asAuthority(root)],
    timestampAuthorities: [asTimestampAuthority(stampRoot)],
  }
  const passes = async (one: object, by: TrustedKeys = trust): Promise<boolean> =>
    (await verdictOn(t, [one], by)).ok

  const verdict = await verdictOn(t, [certified(leaf, token, signature)], trust)
  t.true(verdict.ok)
  t.deepEqual(verdict.passed[0]?.rootIds, ['root'])
  t.is(verdict.passed[0]?.timestamps.length, 1)

  t.false(await passes(certified(leaf, undefined, signature)), 'no token')
  t.false(
    await passes(certified(leaf, token, signature), { ...trust, timestampAuthorities: [] }),
    'no authority of time',
  )
  t.false(
    await passes(certified(leaf, token, signature), { ...trust, authorities: [asAuthority(other)] }),
    'another root',
  )
  t.false(await passes(certified(leaf, token)), 'the token of another signature')
  t.false(await passes(certified(authority.leaf('second', root), token, signature)), 'another certificate')
  t.true(
    await passes(certified(leaf, undefined, signature), trusting(leaf.certificate.publicKey)),
    'as a raw key',
  )
})

test('one key vouching by certificate and as a raw key counts once towards a threshold', async t => {
  const authority = new TestAuthority(freshFolder(t))
  const [root, stampRoot] = [authority.root('root'), authority.root('stamps')]
  const leaf = authority.leaf('leaf', root)
  const signature = signatureBy(leaf.key, PAE)
  const token = authority.stamp(authority.stamper('stamper', stampRoot), Buffer.from(signature.sig, 'base64'))
  const trust = {
    keys: [keyVerifier(leaf.certificate.publicKey)],
    authorities: [asAuthority(root)],
    timestampAuthorities: [asTimestampAuthority(stampRoot)],
  }
  const verdict = await verdictOn(t, [certified(leaf, token, signature)], { ...trust, threshold: 2 })
  t.false(verdict.ok)
  t.deepEqual(verdict.passed.map(({ by }) => by).sort(), ['certificate', 'key'])
})
