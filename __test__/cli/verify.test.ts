// The release gate from end to end, on envelopes of our own: what passes, and that each way of cheating is refused.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Bench, bench, type Outcome } from './lanner.ts'

interface Gate extends Bench {
  readonly policy: string
  /** Signs `policy.json` after `change`. */
  sign(change?: (policy: Policy) => void): Promise<void>
  verify(words: readonly string[]): Promise<Outcome>
}

// biome-ignore lint/suspicious/noExplicitAny: a policy is changed in many places here
type Policy = any

/** A step that made `out.txt`, and a signed policy drafted from it. */
async function gate(t: ExecutionContext): Promise<Gate> {
  const base = bench(t)
  writeFileSync(join(base.work, 'in.txt'), 'in')
  const step = await base.step([
    '-a',
    'environment',
    '--',
    'sh',
    '-c',
    'echo out > out.txt; cp out.txt copy.txt',
  ])
  t.is(step.code, 0, step.stderr)
  const draft = join(base.root, 'policy.json')
  const init = await base.lanner(['policy', 'init', base.envelope, '-k', base.publicKey, '-o', draft])
  t.is(init.code, 0, init.stderr)
  const policy = join(base.root, 'policy.signed.json')
  const gated: Gate = {
    ...base,
    policy,
    async sign(change = () => undefined) {
      const document: Policy = JSON.parse(readFileSync(draft, 'utf8'))
      change(document)
      const changed = join(base.root, 'changed.json')
      writeFileSync(changed, JSON.stringify(document))
      const signed = await base.lanner(['sign', '-f', changed, '-o', policy, '-k', base.key])
      t.is(signed.code, 0, signed.stderr)
    },
    verify: words =>
      base.lanner(['verify', '-p', policy, '-k', base.publicKey, '-a', base.envelope, ...words]),
  }
  await gated.sign()
  return gated
}

const verdictOf = ({ stdout }: Outcome): Policy => JSON.parse(stdout.toString('utf8'))

test('a drafted policy is valid and passes the evidence it was drafted from', async t => {
  const { lanner, policy, publicKey, verify } = await gate(t)
  const valid = await lanner(['policy', 'validate', '-p', policy, '-k', publicKey])
  t.is(valid.code, 0, valid.stdout.toString())
  const outcome = await verify(['-f', 'out.txt', '-o', 'json'])
  t.is(outcome.code, 0, outcome.stderr)
  const { passed, step, observedSubjectName } = verdictOf(outcome)
  t.deepEqual(
    { passed, step, observedSubjectName },
    { passed: true, step: 'test', observedSubjectName: 'out.txt' },
  )
})

test('every path of an equal content is bound', async t => {
  const { verify } = await gate(t)
  t.is((await verify(['-f', 'copy.txt'])).code, 0)
})

test('an artifact that was changed is refused, whatever else matches', async t => {
  const { work, verify } = await gate(t)
  writeFileSync(join(work, 'out.txt'), 'changed')
  t.is((await verify(['-f', 'out.txt'])).code, 1)
  const both = await verify(['-f', 'out.txt', '-s', sha256Of(join(work, 'in.txt')), '-o', 'json'])
  t.is(both.code, 1)
  t.is(verdictOf(both).faults[0].code, 'ERR_ARTIFACT_UNBOUND')
})

test('an artifact that can not be digested is wrong usage, whatever the evidence and the policy are', async t => {
  const { root, publicKey, verify, lanner } = await gate(t)
  const missing = join(root, 'missing')
  t.is((await verify(['--directory-path', missing])).code, 2)
  const broken = join(root, 'broken.json')
  writeFileSync(broken, '{')
  const words = [
    'verify',
    '-p',
    broken,
    '-k',
    publicKey,
    '-a',
    broken,
    '--vsa-outfile',
    join(root, 'vsa.json'),
  ]
  const outcome = await lanner([...words, '--directory-path', missing])
  t.is(outcome.code, 2, outcome.stderr)
  t.false(readdirSync(root).includes('vsa.json'))
  t.is((await lanner([...words, '-f', broken])).code, 1)
})

test('a payload in a file is judged by the bytes that its statement was read from', async t => {
  const { envelope, root, policy, publicKey, lanner, verify } = await gate(t)
  const document = JSON.parse(readFileSync(envelope, 'utf8'))
  const payload = Buffer.from(document.payload, 'base64')
  const large = join(root, 'large.json')
  // White space in front changes nothing that is read, and everything that is signed.
  const padded = Buffer.concat([Buffer.alloc(9 << 20, ' '), payload])
  writeFileSync(large, JSON.stringify({ ...document, payload: padded.toString('base64') }))
  t.is((await verify(['-f', 'out.txt'])).code, 0)
  const outcome = await lanner(['verify', '-p', policy, '-k', publicKey, '-a', large, '-f', 'out.txt'])
  t.is(outcome.code, 1)
  t.regex(outcome.stdout.toString(), /no signature holds/)
})

test('the text says what was looked for, what was found, why not and what to do', async t => {
  const { sign, verify } = await gate(t)
  await sign(policy => {
    policy.steps.test.attestations.push({ type: 'https://aflock.ai/attestations/git/v0.1' })
  })
  const text = (await verify(['-f', 'out.txt'])).stdout.toString()
  for (const part of ['refused', 'looked for:', 'required-types', 'ERR_TYPE_MISSING', 'do:'])
    t.true(text.includes(part), text)
})

const FORGED: Record<string, { change: (policy: Policy) => void; code: string }> = {
  'another functionary': {
    change: policy => (policy.steps.test.functionaries = [{ type: 'publickey', publickeyid: 'x' }]),
    code: 'ERR_FUNCTIONARY',
  },
  'no functionary': { change: policy => (policy.steps.test.functionaries = []), code: 'ERR_FUNCTIONARY' },
  'no required type': { change: policy => (policy.steps.test.attestations = []), code: 'ERR_STEP_EMPTY' },
  'a time constraint': {
    change: policy => (policy.steps.test.timestampConstraint = { maxAge: '1h' }),
    code: 'ERR_TIMESTAMP_CONSTRAINT',
  },
  'no public key': { change: policy => (policy.publickeys = {}), code: 'ERR_SIGNATURE_UNTRUSTED' },
}

for (const [what, { change, code }] of Object.entries(FORGED)) {
  test(`evidence is refused under a policy with ${what}`, async t => {
    const { sign, verify } = await gate(t)
    await sign(change)
    const outcome = await verify(['-f', 'out.txt', '-o', 'json'])
    t.is(outcome.code, 1, outcome.stderr)
    t.is(verdictOf(outcome).steps[0].candidates[0].code, code)
  })
}

const REFUSED: Record<string, { change: (policy: Policy) => void; code: string }> = {
  'that has expired': {
    change: policy => (policy.expires = '2020-01-01T00:00:00Z'),
    code: 'ERR_POLICY_EXPIRED',
  },
  'without an end': { change: policy => delete policy.expires, code: 'ERR_POLICY_EXPIRED' },
  'without steps': { change: policy => (policy.steps = {}), code: 'ERR_POLICY_STRUCTURE' },
  'whose key has another id': {
    change: policy => {
      Object.values<Policy>(policy.publickeys)[0].keyid = 'x'
    },
    code: 'ERR_POLICY_KEY',
  },
}

for (const [what, { change, code }] of Object.entries(REFUSED)) {
  test(`a policy ${what} is refused`, async t => {
    const { sign, verify } = await gate(t)
    await sign(change)
    const outcome = await verify(['-f', 'out.txt', '-o', 'json'])
    t.is(outcome.code, 1)
    const { passed, error } = verdictOf(outcome)
    t.deepEqual([passed, error.code], [false, code])
  })
}

test('one changed bit of the envelope, the policy or its key is never a pass', async t => {
  const { envelope, policy, verify } = await gate(t)
  for (const file of [envelope, policy]) {
    const original = readFileSync(file)
    for (let turn = 0; turn < 12; turn += 1) {
      const changed = Buffer.from(original)
      const at = Math.floor((changed.length * (turn + 0.5)) / 12)
      changed[at] = (changed[at] ?? 0) ^ (1 << (turn % 8))
      writeFileSync(file, changed)
      const { code, stderr } = await verify(['-f', 'out.txt'])
      // The key id of a signature is a hint; every other byte is bound or is syntax.
      const hint = original.indexOf('"keyid"')
      if (at > hint && at < hint + 80) continue
      t.is(code, 1, `${file} byte ${at}: ${stderr}`)
    }
    writeFileSync(file, original)
  }
})

test('a summary is written after a pass and after a refusal, and says which', async t => {
  const { root, key, verify } = await gate(t)
  const file = join(root, 'vsa.json')
  t.is((await verify(['-f', 'out.txt', '--vsa-outfile', file, '--signer-file-key-path', key])).code, 0)
  const { payload } = JSON.parse(readFileSync(file, 'utf8')) as { payload: string }
  const signed = JSON.parse(Buffer.from(payload, 'base64').toString('utf8'))
  t.is(signed.predicate.verificationResult, 'PASSED')
  t.is(signed.subject.length, 1)
  t.is((await verify(['-s', '00'.repeat(32), '--vsa-outfile', file])).code, 1)
  const bare = JSON.parse(readFileSync(file, 'utf8'))
  t.is(bare.predicate.verificationResult, 'FAILED')
  t.deepEqual(bare.subject, [])
})

for (const words of [
  [],
  ['-f', 'out.txt', 'in.txt'],
  ['-f', 'absent'],
  ['-s', 'xyz'],
  ['-f', 'out.txt', '-o', 'yaml'],
  ['-f', 'out.txt', '--policy-hardening', 'off'],
  ['-f', 'out.txt', '--enable-archivista'],
  ['-f', 'out.txt', '--verifier-kms-ref', 'x'],
]) {
  test(`wrong usage exits 2: ${words.join(' ') || 'nothing asked about'}`, async t => {
    const { verify } = await gate(t)
    const { code, stderr } = await verify(words)
    t.is(code, 2, stderr)
  })
}

test('policy init takes no envelope that its keys did not sign', async t => {
  const { lanner, root, envelope } = await gate(t)
  await lanner(['keygen', '-o', join(root, 'other')])
  const files = readdirSync(root).filter(name => name.startsWith('other') && name.includes('pub'))
  const { code } = await lanner(['policy', 'init', envelope, '-k', join(root, files[0] ?? '')])
  t.is(code, 1)
})

test('policy validate names faults by path and exits 1', async t => {
  const { lanner, root } = await gate(t)
  const file = join(root, 'bad.json')
  writeFileSync(
    file,
    JSON.stringify({
      expires: '2099-01-01T00:00:00Z',
      steps: { a: { name: 'b', functionaries: [], attestations: [] } },
    }),
  )
  const { code, stdout } = await lanner(['policy', 'validate', '-p', file, '-o', 'json'])
  t.is(code, 1)
  const paths = JSON.parse(stdout.toString()).errors.map(({ path }: { path: string }) => path)
  t.deepEqual(paths, ['steps.a.name', 'publickeys', 'steps.a.functionaries', 'steps.a.attestations'])
})

const rego = (source: string): Policy => [{ name: 'gate', module: Buffer.from(source).toString('base64') }]

const GATES: Record<string, [source: string, code: number, refusal?: string]> = {
  'that denies': ['package g\ndeny[m] { input.os == "linux"; m := "no linux" }', 1, 'ERR_REGO_DENIED'],
  'that has nothing to deny': ['package g\ndeny[m] { input.os == "plan9"; m := "no plan9" }', 0],
  'without a deny rule': ['package g\nallow = true', 1, 'ERR_REGO_FAILED'],
  'that does not parse': ['package g\ndeny[', 1, 'ERR_REGO_FAILED'],
  'that would go online': ['package g\ndeny[m] { false; http.send({}); m := "" }', 1, 'ERR_REGO_FAILED'],
}

for (const [what, [source, code, refusal]] of Object.entries(GATES)) {
  test(`a Rego module ${what} ends in ${code}`, async t => {
    const { sign, verify } = await gate(t)
    await sign(policy => {
      policy.steps.test.attestations[0].regopolicies = rego(source)
    })
    const outcome = await verify(['-f', 'out.txt', '-o', 'json'])
    t.is(outcome.code, code, outcome.stderr)
    t.is(verdictOf(outcome).steps[0].candidates[0].code, refusal)
  })
}

test('policy validate names a module that does not parse', async t => {
  const { lanner, policy, sign } = await gate(t)
  await sign(document => {
    document.steps.test.attestations[0].regopolicies = rego('package g\ndeny[')
  })
  const { code, stdout } = await lanner(['policy', 'validate', '-p', policy, '-o', 'json'])
  t.is(code, 1)
  t.is(JSON.parse(stdout.toString()).errors[0].path, 'steps.test.attestations.0.regopolicies.0.module')
})

function sha256Of(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
