// The bundle of the release gate beside the bundle of all commands: the same answer, byte for byte. Started by ava.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { type Bench, bench, CLI, type Outcome, run } from './lanner.ts'

const COMMANDS = pathToFileURL(join(CLI, '..', 'cli-run.js')).href
const THE_LONG_WAY = `import { runCli } from ${JSON.stringify(COMMANDS)}; process.exitCode = await runCli(process.argv.slice(1))`

async function gate(t: ExecutionContext): Promise<Bench & { readonly policy: string }> {
  const base = bench(t)
  writeFileSync(join(base.work, 'in.txt'), 'in')
  t.is((await base.step(['-a', 'environment', '--', 'cp', 'in.txt', 'out.txt'])).code, 0)
  const draft = join(base.root, 'policy.json')
  const policy = join(base.root, 'policy.signed.json')
  t.is((await base.lanner(['policy', 'init', base.envelope, '-k', base.publicKey, '-o', draft])).code, 0)
  t.is((await base.lanner(['sign', '-f', draft, '-o', policy, '-k', base.key])).code, 0)
  writeFileSync(join(base.work, 'other.txt'), 'other')
  writeFileSync(join(base.root, 'broken.json'), '{"payload": 1')
  return { ...base, policy }
}

/** `lanner` with these words, and the same by way of all commands. */
async function bothWays({ work, lanner }: Bench, words: readonly string[]): Promise<[Outcome, Outcome]> {
  const long = ['--input-type=module', '-e', THE_LONG_WAY, '--', ...words]
  return [await lanner(words), await run(process.execPath, long, { cwd: work })]
}

test('the gate answers as the whole command does', async t => {
  const base = await gate(t)
  const { policy, publicKey, envelope, root } = base
  const trusted = ['verify', '-p', policy, '-k', publicKey]
  const expected: [number, string[]][] = [
    [0, [...trusted, '-a', envelope, '-f', 'out.txt']],
    [0, [...trusted, `--attestations=${envelope}`, '-f', 'out.txt', '-o', 'json']],
    [1, [...trusted, '-a', envelope, '-f', 'other.txt']],
    [1, [...trusted, '-a', envelope, '-s', '0'.repeat(64), '-o', 'json']],
    [1, [...trusted, '-a', join(root, 'broken.json'), '-f', 'out.txt']],
    [1, [...trusted, '-a', join(root, 'broken.json'), '-f', 'out.txt', '-o', 'json']],
    [1, ['verify', '-p', join(root, 'broken.json'), '-k', publicKey, '-a', envelope, '-f', 'out.txt']],
    [1, [...trusted, '-a', envelope, '-a', envelope, '-f', 'out.txt']],
    [2, ['verify', '-p', policy, '-k', envelope, '-a', envelope, '-f', 'out.txt']],
    [2, ['verify', '-k', publicKey, '-a', envelope]],
    [2, [...trusted, '-a', envelope, '-o', 'yaml']],
    [2, [...trusted, '-f', 'out.txt']],
  ]
  for (const [code, words] of expected) {
    const [gated, whole] = await bothWays(base, words)
    const line = words.join(' ')
    t.is(gated.code, code, `${line}: ${gated.stderr}`)
    t.is(gated.code, whole.code, line)
    t.is(gated.stdout.toString(), whole.stdout.toString(), line)
    t.is(gated.stderr, whole.stderr, line)
  }
})

test('what the gate leaves to the whole command is answered', async t => {
  const base = await gate(t)
  const { policy, publicKey, envelope, root, lanner } = base
  const words = ['verify', '-p', policy, '-k', publicKey]
  const bundle = join(root, 'bundle.tar.gz')
  t.is((await lanner(['bundle', 'create', envelope, '-o', bundle])).code, 0)
  const bundled = await lanner([...words, '--bundle', bundle, '-f', 'out.txt'])
  t.is(bundled.code, 0, bundled.stderr)
  const explained = await lanner([...words, '-a', envelope, '-f', 'out.txt', '--explain'])
  t.is(explained.code, 0, explained.stderr)
  const help = await lanner(['verify', '--help'])
  t.true(help.stdout.includes('--policy-hardening'))
  const unknown = await lanner([...words, '-a', envelope, '--no-such-flag', 'x'])
  t.deepEqual([unknown.code, unknown.stderr.includes('ERR_USAGE')], [2, true])
})

test('the gate writes the summary', async t => {
  const { lanner, policy, publicKey, envelope, root } = await gate(t)
  const file = join(root, 'vsa.json')
  const words = ['verify', '-p', policy, '-k', publicKey, '-a', envelope, '-f', 'out.txt']
  const outcome = await lanner([...words, '--vsa-outfile', file])
  t.is(outcome.code, 0, outcome.stderr)
  t.true(existsSync(file))
})
