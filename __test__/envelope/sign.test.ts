import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { SignCommand } from '../../src/commands/sign.ts'
import { loadPublicKey } from '../../src/envelope/keys.ts'
import { inMemoryPae } from '../../src/envelope/pae.ts'
import { verifySignature } from '../../src/envelope/signature-trials.ts'
import { LannerError } from '../../src/error.ts'
import { runCommand } from './command-runner.ts'
import { freshFolder, goldenFolder, openssl } from './workbench.ts'

interface Recorded {
  readonly label: string
  readonly args: string[]
  readonly env: Record<string, string>
  readonly exit: number
  readonly envelope: string | null
}

/** What OpenSSL opens and the recorded program does not; accepting it loses nothing. */
const ACCEPTED_HERE = ['enc.func.pbes1-sha1-3des', 'enc.func.pbes2-scrypt', 'enc.func.pbes2-sha512prf']

/** The code each recorded refusal has here. */
const REFUSALS: Record<string, string> = {
  'enc.func.pbes2-emptypass': 'ERR_KEY_PASSPHRASE',
  'enc.wrong-pass': 'ERR_KEY_PASSPHRASE',
  'enc.no-pass': 'ERR_KEY_PASSPHRASE',
  'enc.dekinfo-wrong-pass': 'ERR_KEY_PASSPHRASE',
  'enc.dekinfo-no-pass': 'ERR_KEY_PASSPHRASE',
  'public-key-as-signer': 'ERR_KEY_FORMAT',
  'missing-key': 'ERR_KEY_READ',
}

/** Whether the first signature of the envelope holds under the public key beside the private one. */
async function holds(envelope: string, publicFile: string): Promise<boolean> {
  const { payload, payloadType, signatures } = JSON.parse(envelope)
  const pae = inMemoryPae(payloadType, Buffer.from(payload, 'base64'))
  return verifySignature(loadPublicKey(publicFile), pae, Buffer.from(signatures[0].sig, 'base64'))
}

test('every recorded signing run ends as recorded, and each signature verifies the other way round', async t => {
  const golden = goldenFolder(t)
  if (golden === undefined) return
  const signing = join(golden, 'signing')
  const { runs }: { runs: Recorded[] } = JSON.parse(readFileSync(join(signing, 'signing.json'), 'utf8'))
  const out = join(freshFolder(t), 'out.json')
  for (const run of runs) {
    const args = run.args.map(word => (word.startsWith('../') ? join(signing, word) : word))
    const words = [
      'sign',
      '-f',
      join(signing, 'input.json'),
      '-t',
      'application/vnd.in-toto+json',
      '-o',
      out,
      ...args,
    ]
    if (run.exit !== 0 && !ACCEPTED_HERE.includes(run.label)) {
      const error = await t.throwsAsync(
        runCommand(SignCommand, words, run.env),
        { instanceOf: LannerError },
        run.label,
      )
      t.is(String(error?.code), String(REFUSALS[run.label]), run.label)
      continue
    }
    t.is((await runCommand(SignCommand, words, run.env)).code, 0, run.label)
    await compare(t, run, readFileSync(out, 'utf8'), join(golden, 'keys'), signing)
  }
  t.true(runs.length > 30)
})

/** Same payload, type and key id as recorded; the same bytes altogether where the algorithm is deterministic. */
async function compare(
  t: ExecutionContext,
  run: Recorded,
  ours: string,
  keys: string,
  signing: string,
): Promise<void> {
  const name = /keys\/(?:encrypted\/)?([a-z0-9]+)\./.exec(run.args[1] ?? '')?.[1] ?? ''
  const publicFile = join(keys, `${name}.pub.pem`)
  t.true(await holds(ours, publicFile), run.label)
  if (run.envelope === null) return
  // cilock ends the file with a newline, which no reader of JSON sees.
  const theirs = readFileSync(join(signing, run.envelope), 'utf8').trimEnd()
  t.true(await holds(theirs, publicFile), run.label)
  const blank = (text: string) => text.replace(/"sig":"[^"]*"/, '"sig":""')
  t.is(blank(ours), blank(theirs), run.label)
  if (name === 'func') t.is(ours, theirs, run.label)
}

function newKey(t: ExecutionContext): { folder: string; key: string; out: string; input: string } {
  const folder = freshFolder(t)
  const at = (name: string) => join(folder, name)
  openssl(['genpkey', '-algorithm', 'ed25519', '-out', at('key.pem')])
  writeFileSync(at('in'), 'any <bytes>\n\u0000')
  return { folder, key: at('key.pem'), out: at('out.json'), input: at('in') }
}

test('the envelope is compact and has the policy type unless told otherwise', async t => {
  const { key, out, input } = newKey(t)
  await runCommand(SignCommand, ['sign', '-f', input, '-o', out, '-k', key])
  const text = readFileSync(out, 'utf8')
  const envelope = JSON.parse(text)
  t.is(text, JSON.stringify(envelope))
  t.deepEqual(Object.keys(envelope), ['payload', 'payloadType', 'signatures'])
  t.deepEqual(Object.keys(envelope.signatures[0]), ['keyid', 'sig'])
  t.is(envelope.payloadType, 'https://witness.testifysec.com/policy/v0.1')
  t.deepEqual(Buffer.from(envelope.payload, 'base64'), readFileSync(input))
  t.is(statSync(out).mode & 0o777, 0o644 & ~process.umask())
})

test('a payload of any length around the encoding step comes back byte for byte', async t => {
  const { key, out, input } = newKey(t)
  const step = 3 << 18
  for (const length of [0, 1, 2, 3, step - 1, step, step + 1, 2 * step + 2]) {
    const bytes = Buffer.alloc(length, 'ab\u00ff')
    writeFileSync(input, bytes)
    await runCommand(SignCommand, ['sign', '-f', input, '-o', out, '-k', key])
    t.true(Buffer.from(JSON.parse(readFileSync(out, 'utf8')).payload, 'base64').equals(bytes), String(length))
  }
})

test('a certificate and its intermediates go into the signature as base64 of PEM', async t => {
  const { folder, key, out, input } = newKey(t)
  const [cert, other] = [join(folder, 'cert.pem'), join(folder, 'other.pem')]
  for (const file of [cert, other]) openssl(['req', '-x509', '-key', key, '-subj', '/CN=x', '-out', file])
  const identity = ['--signer-file-cert-path', cert, '--signer-file-intermediate-paths', `${other},${cert}`]
  await runCommand(SignCommand, [
    'sign',
    '-f',
    input,
    '-o',
    out,
    '-k',
    key,
    ...identity,
    '--signer-file-intermediate-paths',
    other,
  ])
  const [signature] = JSON.parse(readFileSync(out, 'utf8')).signatures
  t.deepEqual(Object.keys(signature), ['keyid', 'sig', 'certificate', 'intermediates'])
  const decoded = [signature.certificate, ...signature.intermediates].map(text =>
    Buffer.from(text, 'base64').toString(),
  )
  t.deepEqual(
    decoded,
    [cert, other, cert, other].map(file => readFileSync(file, 'utf8')),
  )
})

test('what can not be signed leaves no file behind', async t => {
  const { folder, key, out, input } = newKey(t)
  const absent = join(folder, 'absent')
  const run = (...words: string[]) => runCommand(SignCommand, ['sign', ...words])
  t.like(await t.throwsAsync(run('-f', input, '-o', out)), { code: 'ERR_USAGE_SIGNER', exit: 2 })
  t.like(await t.throwsAsync(run('-k', key, '-o', out)), { code: 'ERR_USAGE_SIGN', exit: 2 })
  t.like(await t.throwsAsync(run('-k', key, '-f', input)), { code: 'ERR_USAGE_SIGN', exit: 2 })
  t.like(await t.throwsAsync(run('-k', key, '-f', absent, '-o', out)), { code: 'ERR_INPUT_READ' })
  t.like(await t.throwsAsync(run('-k', key, '-f', input, '-o', out, '--platform-url', 'https://x')), {
    exit: 2,
  })
  t.false(existsSync(out))
})

test('--platform-url "" and --offline change nothing, --json prints the result', async t => {
  const { key, out, input } = newKey(t)
  const words = ['sign', '-f', input, '-o', out, '-k', key, '--platform-url', '', '--offline', '--json']
  const { stdout } = await runCommand(SignCommand, words)
  t.like(JSON.parse(stdout), { algorithm: 'ed25519', outfile: out })
})

const onLinux = process.platform === 'linux' ? test : test.skip
onLinux('a passphrase given as a flag is gone from the command line once the key is loaded', t => {
  const { folder, out, input } = newKey(t)
  const key = join(folder, 'locked.pem')
  openssl(['genpkey', '-algorithm', 'ed25519', '-aes256', '-pass', 'pass:sesame', '-out', key])
  const program = join(folder, 'program.mjs')
  const source = (path: string) => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href)
  writeFileSync(
    program,
    `import { readFileSync } from 'node:fs'
     const { Cli } = await import(${JSON.stringify(import.meta.resolve('clipanion'))})
     const { SignCommand } = await import(${source('commands/sign.ts')})
     const words = () => readFileSync('/proc/self/cmdline', 'utf8').includes('sesame')
     const before = words()
     const command = Cli.from(SignCommand).process(process.argv.slice(2), { ...Cli.defaultContext })
     await command.validateAndExecute()
     process.stdout.write(JSON.stringify([before, words()]))`,
  )
  const args = ['sign', '-f', input, '-o', out, '-k', key, '--signer-file-key-passphrase', 'sesame']
  const loader = import.meta.resolve('@oxc-node/core/register')
  const ran = spawnSync(process.execPath, ['--import', loader, program, ...args], { encoding: 'utf8' })
  t.is(ran.stdout, '[true,false]', ran.stderr)
})
