// The environment predicate against recorded ones, and the masking rules one by one.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import {
  attestEnvironment,
  type EnvironmentOptions,
  environmentPredicate,
} from '../../src/attestors/environment.ts'
import { type EnvironmentSource, parseDistribution } from '../../src/attestors/environment-source.ts'
import { environmentSchema } from '../../src/attestors/schemas/environment.ts'
import { LannerError } from '../../src/error.ts'

function source(env: Record<string, string>, more: Partial<EnvironmentSource> = {}): EnvironmentSource {
  return {
    env,
    platform: 'linux',
    hostname: 'runner-1',
    username: 'root',
    kernelRelease: '6.1.0',
    architecture: 'x86_64',
    osRelease: undefined,
    ...more,
  }
}

function variables(
  env: Record<string, string>,
  options: EnvironmentOptions = {},
): Readonly<Record<string, string>> | undefined {
  return environmentPredicate(options, source(env)).variables
}

interface Golden {
  readonly env: Record<string, string>
  readonly args: readonly string[]
}

/** What the recorded run was started with, besides the variables of its case. */
const BASE = {
  CILOCK_FANOTIFY: '1',
  CILOCK_FSVERITY: 'auto',
  GOMAXPROCS: '2',
  HOME: '/home/ci',
  LANG: 'C.UTF-8',
  PATH: '/usr/local/bin:/usr/bin:/bin',
  PWD: '/tree',
  TZ: 'UTC',
  USER: 'ci',
}

function optionsOf(args: readonly string[]): EnvironmentOptions {
  const values = (flag: string): string[] =>
    args.filter((_, index) => args[index - 1] === flag).flatMap(v => v.split(','))
  return {
    disableDefaults: args.includes('--env-disable-default-sensitive-vars'),
    addKeys: values('--env-add-sensitive-key'),
    allowKeys: values('--env-allow-sensitive-key'),
    filter: args.includes('--env-filter-sensitive-vars'),
    captureAllowlist: values('--env-capture-allowlist'),
  }
}

function golden(t: ExecutionContext, name: string): void {
  const corpus = process.env.LANNER_CORPUS
  const folder = join(corpus ?? '', 'golden/attested', name)
  if (corpus === undefined || !existsSync(folder)) {
    t.log('skipped: no corpus')
    t.pass()
    return
  }
  const { env, args } = JSON.parse(readFileSync(join(folder, 'attested.json'), 'utf8')) as Golden
  const statement = JSON.parse(readFileSync(join(folder, 'statement.json'), 'utf8')) as {
    predicate: { attestations: { type: string; attestation: Record<string, unknown> }[] }
  }
  const recorded = statement.predicate.attestations.find(({ type }) =>
    type.includes('/environment/'),
  )?.attestation
  const { kernel_release, architecture, ...ours } = environmentPredicate(
    optionsOf(args),
    source({ ...BASE, ...env }),
  )
  t.deepEqual<unknown, unknown>(ours, recorded)
}

for (const name of ['60-env', '61-env-flags', '62-env-filter', '63-env-allowlist']) {
  test(`the recorded environment ${name} is reproduced`, golden, name)
}

test('a sensitive variable keeps its name and loses its value, even an empty one', t => {
  t.deepEqual(variables({ MY_TOKEN: 'abc', EMPTY_SECRET: '', PLAIN: 'p' }), {
    EMPTY_SECRET: '******',
    MY_TOKEN: '******',
    PLAIN: 'p',
  })
})

test('an added name is masked whatever its case, an added glob whole', t => {
  t.deepEqual(
    variables({ Custom: '1', CUSTOMER: '2', FOO_X: '3', XFOO_X: '4' }, { addKeys: ['custom', 'foo_*'] }),
    {
      CUSTOMER: '2',
      Custom: '******',
      FOO_X: '******',
      XFOO_X: '4',
    },
  )
})

test('an allowed name lifts the mask only in its exact case', t => {
  t.deepEqual(variables({ MY_TOKEN: 'a', my_token: 'b' }, { allowKeys: ['MY_TOKEN'] }), {
    MY_TOKEN: 'a',
    my_token: '******',
  })
})

test('the capture allowlist lifts no mask', t => {
  t.deepEqual(variables({ A_TOKEN: 'a', B: 'b' }, { captureAllowlist: ['a_*'] }), { A_TOKEN: '******' })
})

test('a glob with overlapping ends does not match a name shorter than both', t => {
  t.deepEqual(
    variables({ ABA: '1', ABABA: '2' }, { disableDefaults: true, addKeys: ['ABA*ABA', 'ABAB*A'] }),
    {
      ABA: '1',
      ABABA: '******',
    },
  )
})

test('the passphrase of the signing key is masked whatever the flags say', t => {
  const options = { disableDefaults: true, allowKeys: ['LANNER_KEY_PASSPHRASE', 'WITNESS_KEY_PASSPHRASE'] }
  t.deepEqual(variables({ LANNER_KEY_PASSPHRASE: 'x', WITNESS_KEY_PASSPHRASE: 'y' }, options), {
    LANNER_KEY_PASSPHRASE: '******',
    WITNESS_KEY_PASSPHRASE: '******',
  })
})

test('a pattern beyond `*` is given to the glob matcher in upper case', t => {
  const asked: unknown[] = []
  const matchGlobs = (patterns: string[], names: string[]): boolean[] => {
    asked.push(patterns, names)
    return names.map(name => name === 'B1')
  }
  const predicate = environmentPredicate(
    { addKeys: ['{a,b}[0-9]*'] },
    source({ b1: 'x', c: 'y' }),
    matchGlobs,
  )
  t.deepEqual(predicate.variables, { b1: '******', c: 'y' })
  t.deepEqual(asked, [['{A,B}[0-9]*'], ['B1', 'C']])
})

test('a pattern that cannot be matched is refused, not taken as text', t => {
  const error = t.throws(() => variables({ A: '1' }, { addKeys: ['[ab]*'] }), { instanceOf: LannerError })
  t.is(error.code, 'ERR_ENVIRONMENT_GLOB')
})

test('variables are in the order of their bytes, and none is lost to JavaScript', t => {
  const env = Object.fromEntries([
    ['\u{1f600}', '1'],
    ['\uff21', '2'],
    ['b', '3'],
    ['B', '4'],
    ['__proto__', '5'],
  ])
  t.deepEqual(Object.keys(variables(env, { disableDefaults: true }) ?? {}), [
    'B',
    '__proto__',
    'b',
    '\uff21',
    '\u{1f600}',
  ])
})

test('no variables, no member', t => {
  t.false('variables' in environmentPredicate({}, source({})))
})

test('the distribution is read from os-release, quotes and escapes taken off', t => {
  const text = 'NAME=x\nPRETTY_NAME="Debian \\"12\\" \\$1"\nID=debian\nVERSION_ID=\'12\'\n# ID=no\n'
  t.deepEqual(parseDistribution(text), { id: 'debian', version: '12', name: 'Debian "12" $1' })
  t.is(parseDistribution('\nNAME=only\n'), undefined)
})

test('this machine fits the schema and names its kernel', t => {
  const { predicate } = attestEnvironment()
  t.true(environmentSchema.safeParse(predicate).success)
  t.is(typeof predicate.kernel_release, 'string')
  t.is(typeof predicate.architecture, 'string')
})
