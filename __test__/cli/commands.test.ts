// The command line itself: help, words that are refused by name, words that are accepted for cilock's sake.
// One test a law, the words as data; exit codes of steps are in exit-codes.test.ts. Started by ava.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { bench, lanner, predicateOf } from './lanner.ts'

const COMMANDS = [
  ...['run', 'attest', 'trace', 'inspect', 'events prove', 'events verify', 'sign', 'keygen', 'keyid show'],
  ...['attestors list', 'attestors schema', 'doctor', 'completion', 'version'],
  ...[
    'detect',
    'rules validate',
    'rules list',
    'rules describe',
    'rules explain',
    'rules coverage',
    'fields',
  ],
]

test.serial('help for every command is output: exit 0, stdout, nothing on stderr', async t => {
  for (const command of COMMANDS) {
    for (const word of command === 'run' ? ['--help', '-h'] : ['--help']) {
      const { code, stdout, stderr } = await lanner([...command.split(' '), word])
      t.is(code, 0, command)
      t.is(stderr, '', command)
      t.true(stdout.toString().startsWith(`usage: lanner ${command}`), command)
    }
  }
})

test.serial(
  'help for all lists every command, and stands on stderr with exit 2 when nothing was typed',
  async t => {
    const asked = await lanner(['--help'])
    t.is(asked.code, 0)
    for (const command of COMMANDS) t.true(asked.stdout.includes(`lanner ${command} `), command)
    const bare = await lanner([])
    t.is(bare.code, 2)
    t.is(bare.stdout.length, 0)
    t.is(bare.stderr, asked.stdout.toString())
  },
)

/** Words after `run -s test -k KEY -o FILE`, and what stderr must name. */
const REFUSED: readonly (readonly [words: string, names: string])[] = [
  ['--no-such-flag -- true', '--no-such-flag'],
  ['--trace=maybe -- true', '--trace'],
  ['--trace=false --capture-mode trace -- true', '--trace'],
  ['--trace --capture-mode trace:ebpf -- true', 'ebpf'],
  ['--trace --capture-mode walk:ptrace -- true', '--capture-mode'],
  ['--capture-mode ima -- true', '--capture-mode ima'],
  ['--require-zero-gaps -- true', '--trace'],
  ['--require-zero-drops -- true', '--trace'],
  ['--events e.jsonl -- true', '--trace'],
  ['--trace-linger 1 -- true', '--trace'],
  ['-r --trace-linger soon -- true', '--trace-linger'],
  ['-r --trace-linger 86401 -- true', '--trace-linger'],
  ['--include-outside -- true', '--include-outside'],
  ['-r --capture-mode walk --include-outside -- true', '--include-outside'],
  ['-r --hardening standard -- true', '--hardening'],
  ['-r --cache-add-pattern x -- true', '--cache-add-pattern'],
  ['--timestamp-servers http://localhost -- true', '--timestamp-servers'],
  ['-t http://localhost -- true', '-t'],
  ['--platform-url https://x -- true', '--platform-url'],
  ['--platform-url=https://x -- true', '--platform-url'],
  ['--platform-token x -- true', '--platform-token'],
  ['--enable-archivista -- true', '--enable-archivista'],
  ['--enable-archivista=maybe -- true', '--enable-archivista'],
  ['--signer-fulcio-url https://x -- true', '--signer-fulcio-url'],
  ['--signer-kms-ref x -- true', '--signer-kms-ref'],
  ['--validate-only -- true', '--validate-only'],
  ['--hardening audit -- true', '--hardening'],
  ['--workload other -- true', '--workload'],
  ['-l loud -- true', 'loud'],
  ['--capture-mode trace -- true', '--capture-mode'],
  ['--hashes md5 -- true', 'md5'],
  ['--hashes sha1 -- true', '--hashes'],
  ['--output-format xml -- true', '--output-format'],
  ['--attestor-falco-events all -- true', '--attestor-falco-events'],
  ['--attestor-falco-strict=perhaps -- true', '--attestor-falco-strict'],
  ['--attestor-command-run-output-limit 1k -- true', '--attestor-command-run-output-limit'],
  ['--attestor-command-run-output-limit=-1 -- true', '--attestor-command-run-output-limit'],
  ['--no-default-attestor git -- true', '--no-default-attestor'],
  ['--no-default-attestor material,product -- true', '--no-default-attestor'],
  ['-a falco,nope -- true', 'nope'],
  ['--workingdir no/such/place -- true', 'no/such/place'],
  ['--subjects =sha256:00 -- true', '=sha256:00'],
  ['--subjects img=sha256:abcd -- true', 'img=sha256:abcd'],
  ['--subjects img=md5:d41d8cd98f00b204e9800998ecf8427e -- true', 'md5'],
  ['--subjects a --subjects a -- true', '`a`'],
  ['-k -- true', '-k'],
  ['stray -- true', 'stray'],
]

test.serial('what `run` does not have is refused by name: exit 2, nothing run, nothing written', async t => {
  const place = bench(t)
  for (const [text, named] of REFUSED) {
    const words = text.replace('-- true', '-- touch ran').split(' ')
    const { code, stdout, stderr } = await place.step(words)
    t.is(code, 2, text)
    t.true(stderr.includes(named), `${text}: ${stderr}`)
    t.regex(stderr, /^error: .* \(ERR_USAGE/, text)
    t.is(stdout.length, 0, text)
    t.false(existsSync(place.envelope) || existsSync(join(place.work, 'ran')), text)
  }
})

/** Whole command lines, and what stderr must name. */
const WRONG: readonly (readonly [words: string, names: string])[] = [
  ['nope', 'nope'],
  ['events', 'prove, verify'],
  ['keyid', 'show'],
  ['run -k KEY -- true', '--step'],
  ['run -s  -k KEY -- true', '--step'],
  ['run -s test -- true', '-k key.pem'],
  ['run -s test -k KEY', 'lanner attest'],
  ['run -s test -k KEY --', 'lanner attest'],
  ['attest -s test -k KEY -- true', '`attest`'],
  ['trace', 'put it after `--`'],
  ['trace --format yaml -- true', '--format'],
  ['trace -k KEY -- true', '-k'],
  ['run -s test -k KEY --json -- true', '--outfile'],
  ['events prove', '--envelope'],
  ['events prove -e a', '--events'],
  ['events prove -e a --events b --index -1', '--index'],
  ['events prove -e a --events b --index 1.5', '--index'],
  ['inspect', 'lanner inspect --help'],
  ['inspect a --format yaml', '--format'],
  ['sign -k KEY', '--infile'],
  ['keygen --type rsa-512', 'rsa-512'],
  ['keyid show', 'key file'],
  ['attestors list --format yaml', '--format'],
  ['attestors schema nope', 'nope'],
  ['completion tcsh', 'tcsh'],
  ['doctor --json=perhaps', '--json'],
  ['version --loud', '--loud'],
]

test.serial('wrong usage of any command is exit 2, names what is wrong, and keeps stdout clean', async t => {
  const place = bench(t)
  for (const [text, named] of WRONG) {
    const { code, stdout, stderr } = await place.lanner(
      text.split(' ').map(word => (word === 'KEY' ? place.key : word)),
    )
    t.is(code, 2, `${text}: ${stderr}`)
    t.true(stderr.includes(named), `${text}: ${stderr}`)
    const shown = text.includes('--json') && !text.includes('--json=') ? /^\{"error":/ : /^$/
    t.regex(stdout.toString(), shown, text)
  }
})

/** Words that ask for nothing Lanner lacks; a script written for cilock keeps working. */
const ACCEPTED = [
  '--platform-url= --offline --workload manual -l warn --enable-archivista=false',
  '--enable-archivist=false --workload=auto --log-level=error --offline=false',
  '--trace=false --capture-mode auto:ptrace --hardening off --diagnose --prewalk-skip-dir .git',
  '--cache-disable-defaults --cache-allow-pattern x --cache-disable-env-probe=true --require-zero-gaps=false',
  '--trace=0 --capture-mode walk --hashes sha256 --tty=false --rehash',
  '-a=environment -a git,material --attestations command-run,,product -l=debug',
  '--attestor-falco-strict=false --require-complete=true --ignore-command-exit-code=1',
  '--env-filter-sensitive-vars=false --env-add-sensitive-key A,B* --env-allow-sensitive-key C',
]

test.serial(
  'what asks for nothing is accepted: empty values, =false, glued short values, comma lists, repeats',
  async t => {
    const place = bench(t)
    const names = place.key.replace(place.root, '..')
    for (const words of ACCEPTED) {
      for (const key of [`-k${names}`, `-k=${names}`, `--signer-file-key-path=${names}`]) {
        const all = [
          'run',
          '-stest',
          '-o=../att.json',
          key,
          '--platform-url',
          '',
          ...words.split(' '),
          '--',
          'true',
        ]
        const { code, stderr } = await place.lanner(all)
        t.true(code === 0 || (code === 3 && words.includes('git')), `${words}: ${stderr}`)
        t.is(place.statement().predicate.name, 'test')
        if (code === 3) t.regex(stderr, /ERR_GIT_NO_REPOSITORY/)
      }
    }
  },
)

test.serial('options of the step are the step’s: nothing after `--` is read', async t => {
  const place = bench(t)
  const argv = ['sh', '-c', 'exit 0', '--', '--trace', '-k', '--json', '-kX', '--help']
  t.is((await place.step(['--', ...argv])).code, 0)
  t.deepEqual(predicateOf(place.statement(), 'command-run').cmd, argv)
})

test.serial(
  '--subjects adds names of the user’s own, unprefixed, a bare name by the digest of its text',
  async t => {
    const place = bench(t)
    const hex = 'AB'.repeat(32)
    const words = [
      '--subjects',
      'release/1',
      '--subjects',
      `img=sha256:${hex}`,
      '-a',
      'environment',
      '--',
      'true',
    ]
    t.is((await place.step(words)).code, 0)
    const subjects = new Map(place.statement().subject.map(({ name, digest }) => [name, digest]))
    t.deepEqual(subjects.get('img'), { sha256: hex.toLowerCase() })
    // printf 'release/1' | sha256sum
    t.deepEqual(subjects.get('release/1'), {
      sha256: 'c216c692b188d45a9988a04cd5152ff172996d4045b4635eb061aeed856cd0a3',
    })
    const names = [...subjects.keys()]
    t.deepEqual(names, [...names].sort())
  },
)

test.serial('`attest` records the command `true` and takes a capture made before', async t => {
  const place = bench(t)
  writeFileSync(join(place.work, 'old.jsonl'), '{"rule":"R","priority":"Notice"}\n')
  const words = [
    '-s',
    'test',
    '-k',
    place.key,
    '-o',
    place.envelope,
    '-a',
    'falco',
    '--attestor-falco-file',
    'old.jsonl',
  ]
  const { code, stderr } = await place.lanner(['attest', ...words])
  t.is(code, 0, stderr)
  t.regex(stderr, /warning: old\.jsonl was not written by this step/)
  t.deepEqual(predicateOf(place.statement(), 'command-run').cmd, ['true'])
  t.is(predicateOf(place.statement(), 'falco').summary.total_events, 1)
  t.true(readFileSync(place.envelope, 'utf8').startsWith('{"payload":"'))
})
