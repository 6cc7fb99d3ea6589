// The key and its passphrase stay out of reach: of the step, of its user, of programs we start, of the envelope.
// Each way in is also tried on a process that does not guard itself, where it has to work.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { type Bench, bench, CLI, predicateOf, programOnPath, run } from './lanner.ts'
import { giveToNobody, NOBODY, ROOT, start, startProgram, until } from './safety-probes.ts'

const LINUX = process.platform === 'linux'

/** Tries every way to look into the process given; prints `open` or `closed` for each. */
const PROBE = String.raw`
use Errno;
my ($pid) = @ARGV;
my %call = (x86_64 => [101, 310], aarch64 => [117, 270]);
my ($machine) = map { chomp; $_ } qx(uname -m);
my ($ptrace, $readv) = @{$call{$machine}};
sub tell_of { print "$_[0] ", ($_[1] ? 'open' : 'closed'), "\n" }
for my $file (qw(mem environ maps auxv)) { tell_of($file, open(my $h, '<', "/proc/$pid/$file")) }
tell_of('fd', opendir(my $d, "/proc/$pid/fd"));
tell_of($_, defined readlink("/proc/$pid/$_")) for qw(exe cwd root);
# process_vm_readv(2) checks the right to look before the addresses: without it, EPERM; with it, EFAULT.
my $there = pack('QQ', 8, 8); my $here = pack('QQ', unpack('Q', pack('P', my $room = ' ' x 8)), 8);
tell_of('process_vm_readv', syscall($readv, $pid + 0, $here, 1, $there, 1, 0) >= 0 || !$!{EPERM});
# PTRACE_SEIZE attaches without stopping; the end of this program detaches.
tell_of('ptrace', syscall($ptrace, 0x4206, $pid + 0, 0, 0) == 0);
`

function probe(pid: number, as: { uid?: number; gid?: number }): Record<string, string> {
  const { stdout } = spawnSync('perl', ['-e', PROBE, String(pid)], { encoding: 'utf8', ...as })
  return answers(stdout)
}

function answers(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/^(\S+) (open|closed)$/gm)].map(([, name, how]) => [name, how]))
}

function all(how: string): Record<string, string> {
  const ways = ['mem', 'environ', 'maps', 'auxv', 'fd', 'exe', 'cwd', 'root', 'process_vm_readv', 'ptrace']
  return Object.fromEntries(ways.map(way => [way, how]))
}

/** Locks the key of the bench. */
function encrypt(place: Bench, passphrase: string): void {
  const plain = join(place.root, 'plain.pem')
  renameSync(place.key, plain)
  const words = ['pkcs8', '-topk8', '-in', plain, '-out', place.key, '-passout', `pass:${passphrase}`]
  spawnSync('openssl', words)
}

const linux = LINUX ? test : test.skip

linux(
  'neither the step, nor its user, nor another one can look into us; root can, and so can anyone into a process unguarded',
  async t => {
    const place = bench(t)
    giveToNobody(place)
    const words = ['run', '-s', 't', '-k', place.key, '-o', place.envelope, '-a', 'environment', '--']
    const script = 'perl -e "$1" $PPID; echo "pid $PPID"; read answer'
    const { child, said, ended } = start(t, place, [...words, 'sh', '-c', script, 'sh', PROBE], NOBODY)
    await until(() => /^pid \d+$/m.test(said.stdout), 'the step')
    const pid = Number(/^pid (\d+)$/m.exec(said.stdout)?.[1])
    t.is(child.pid, pid)
    t.deepEqual(answers(said.stdout), all('closed'), 'the step')
    if (ROOT) {
      t.deepEqual(probe(pid, NOBODY), all('closed'), 'same user')
      t.deepEqual(probe(pid, { uid: 65_533, gid: 65_533 }), all('closed'), 'another user')
      t.deepEqual(probe(pid, {}), all('open'), 'root')
      const opened = spawnSync('ls', ['-l', `/proc/${pid}/fd`], { encoding: 'utf8' }).stdout
      t.false(opened.includes(realpathSync(place.key)), 'the key file is closed')
      t.true(opened.includes('socket:') || opened.includes('pipe:'), opened)
    }
    child.stdin?.end('go on\n')
    t.deepEqual(await ended, [0, null], said.stderr)

    const bare = startProgram(
      t,
      process.execPath,
      ['-e', 'process.stdin.resume(); console.log("ready")'],
      NOBODY,
    )
    await until(() => bare.said.stdout.includes('ready'), 'the unguarded process')
    t.deepEqual(probe(bare.child.pid ?? 0, NOBODY), all('open'), 'unguarded')
    bare.child.stdin?.end()
    await bare.ended
  },
)

linux('SIGUSR1 opens no debugger in us, as it does in an unguarded process', async t => {
  const place = bench(t)
  giveToNobody(place)
  const words = ['run', '-s', 't', '-k', place.key, '-o', place.envelope, '-a', 'environment', '--']
  // That the hang-up comes back shows that we have dealt with both signals.
  const script = 'trap "exit 7" HUP; kill -USR1 $PPID; kill -HUP $PPID; while :; do :; done'
  const { said, ended } = start(t, place, [...words, 'sh', '-c', script], NOBODY)
  t.deepEqual(await ended, [7, null], said.stderr)
  t.notRegex(said.stderr, /debugger|inspector/i)

  const bare = startProgram(
    t,
    process.execPath,
    ['-e', 'process.stdin.resume(); console.log("ready")'],
    NOBODY,
  )
  await until(() => bare.said.stdout.includes('ready'), 'the unguarded process')
  bare.child.kill('SIGUSR1')
  await until(() => /debugger|inspector/i.test(bare.said.stderr), 'its debugger')
  bare.child.kill('SIGKILL')
  await bare.ended
  t.pass()
})

linux(
  'the step gets stdin, stdout and stderr, and no other descriptor, though we were given the key as one',
  async t => {
    const place = bench(t)
    // A gap in the numbers: Node itself closes the first ones without a gap to its children.
    const given = `exec 9<${place.key}; exec "$@"`
    const words = [CLI, 'run', '-s', 't', '-k', '/dev/fd/9', '-o', place.envelope, '--']
    const listing = ['sh', '-c', given, 'sh', process.execPath, ...words, 'ls', '/proc/self/fd']
    const { code, stdout, stderr } = await run('sh', listing.slice(1), { cwd: place.work })
    t.is(code, 0, stderr)
    // The fourth is the folder that `ls` has open.
    t.is(stdout.toString(), '0\n1\n2\n3\n')
  },
)

test('a key or passphrase file that is our stdin, which the step gets too, is refused; a pipe is not', async t => {
  const place = bench(t)
  const words = (key: string): string[] => ['run', '-s', 't', '-k', key, '-o', place.envelope, '--', 'cat']
  const descriptor = openSync(place.key, 'r')
  const refused = start(t, place, words('/dev/stdin'), { stdio: [descriptor, 'pipe', 'pipe'] })
  t.deepEqual(await refused.ended, [2, null])
  t.regex(refused.said.stderr, /the step would inherit `\/dev\/stdin`/)
  t.false(existsSync(place.envelope))
  const pipe = ['-c', `cat ${place.key} | "$@"`, 'sh', process.execPath, CLI, ...words('/dev/stdin')]
  const piped = await run('sh', pipe, { cwd: place.work })
  t.is(piped.code, 0, piped.stderr)
  t.is(piped.stdout.toString(), '')
})

test('a passphrase reaches neither the step, nor programs we start, nor the envelope, nor our output', async t => {
  const place = bench(t)
  const passphrase = 'correct-horse-battery'
  encrypt(place, passphrase)
  spawnSync('git', ['init', '-q', place.work])
  const log = join(place.root, 'programs')
  const spy = (name: string): string =>
    programOnPath(
      join(place.root, 'bin'),
      name,
      `env >> ${log}; echo "$0 $@" >> ${log}; PATH=\${PATH#*:}; exec ${name} "$@"`,
    )
  spy('mkfifo')
  const PATH = spy('git')
  const flags = [
    ...['--env-disable-default-sensitive-vars', '--env-allow-sensitive-key', 'LANNER_KEY_PASSPHRASE'],
    ...['-l', 'debug', '-a', 'environment,git'],
  ]
  const env = { PATH, LANNER_KEY_PASSPHRASE: passphrase, AFLOCK_KEY_PASSPHRASE: passphrase }
  const { code, stdout, stderr } = await place.step([...flags, '--', 'env'], { env })
  t.is(code, 0, stderr)
  t.regex(readFileSync(log, 'utf8'), /bin\/git /)
  if (LINUX) t.regex(readFileSync(log, 'utf8'), /bin\/mkfifo /)
  const { variables } = predicateOf(place.statement(), 'environment')
  t.is(variables.LANNER_KEY_PASSPHRASE, '******')
  t.is(variables.PATH, PATH)
  for (const [where, text] of Object.entries({
    step: stdout.toString(),
    stderr,
    programs: readFileSync(log, 'utf8'),
    envelope: JSON.stringify(place.statement()) + readFileSync(place.envelope, 'utf8'),
  })) {
    t.false(text.includes(passphrase), where)
  }
})

linux('a passphrase typed as a flag is gone from our command line when the step starts', async t => {
  const place = bench(t)
  encrypt(place, 'typed-passphrase')
  const flag = ['--signer-file-key-passphrase', 'typed-passphrase']
  const { code, stdout, stderr } = await place.step([...flag, '--', 'sh', '-c', 'cat /proc/$PPID/cmdline'])
  t.is(code, 0, stderr)
  t.is(stdout.toString().replaceAll('\0', ''), 'lanner')
})

test('a passphrase that does not open the key is not shown, and nothing runs', async t => {
  const place = bench(t)
  encrypt(place, 'right-passphrase')
  const env = { LANNER_KEY_PASSPHRASE: 'wrong-passphrase' }
  const { code, stderr } = await place.step(['--', 'touch', 'ran'], { env })
  t.is(code, 3)
  t.regex(stderr, /ERR_KEY_PASSPHRASE/)
  t.false(stderr.includes('wrong-passphrase'))
  t.false(existsSync(join(place.work, 'ran')))
})

test('values of secret variables are in no part of the payload, though the step prints and is given them', async t => {
  const place = bench(t)
  const env = {
    DEPLOY_TOKEN: 'tok-0123456789',
    DB_PASSWORD: 'pä55wörd-long',
    GH_PAT: 'ghp_abcdefgh',
    PLAIN: 'plain-value',
  }
  const script = 'echo "out $DEPLOY_TOKEN $DB_PASSWORD"; echo "err:$DEPLOY_TOKEN$DB_PASSWORD" >&2; exit 4'
  const words = ['-a', 'environment', '--json', '--', 'sh', '-c', script, `--token=${env.DEPLOY_TOKEN}`]
  const { code, stdout } = await place.step(words, { env })
  t.is(code, 4)
  const payload = JSON.stringify(place.statement())
  for (const secret of [env.DEPLOY_TOKEN, env.DB_PASSWORD]) {
    t.false(payload.includes(secret))
    t.false(stdout.toString().includes(secret), 'the summary')
  }
  t.false(payload.includes(env.GH_PAT))
  const { stdout: recorded, stderr: errors, cmd } = predicateOf(place.statement(), 'command-run')
  t.is(recorded, 'out [REDACTED] [REDACTED]\n')
  t.is(errors, 'err:[REDACTED][REDACTED]\n')
  t.is(cmd.at(-1), '--token=[REDACTED]')
  const { variables } = predicateOf(place.statement(), 'environment')
  t.like(variables, { DEPLOY_TOKEN: '******', DB_PASSWORD: '******', GH_PAT: '******', PLAIN: 'plain-value' })
})

test('a key that its user may not read is named, and nothing runs', async t => {
  const place = bench(t)
  const locked = join(place.root, 'locked.pem')
  writeFileSync(locked, readFileSync(place.key))
  giveToNobody(place)
  chmodSync(locked, 0o000)
  const words = ['run', '-s', 't', '-k', locked, '-o', place.envelope, '--', 'touch', 'ran']
  const { said, ended } = start(t, place, words, NOBODY)
  t.deepEqual(await ended, [3, null])
  t.regex(said.stderr, /locked\.pem.*permission denied.*ERR_KEY_READ/)
  t.false(existsSync(join(place.work, 'ran')))
})
