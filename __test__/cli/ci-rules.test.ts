// The rules that are shipped for pipelines: each gives its alert on what it is for, and none on what only looks alike.
// What is signed of alerts is in run-rules.test.ts. Started by ava.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Bench, bench } from './lanner.ts'
import { ROOT } from './safety-probes.ts'
import { traced } from './traced.ts'

const RULES = resolve(fileURLToPath(new URL('../../rules/ci.yaml', import.meta.url)))

/** A case: a shell script that the rule is about, and one that it is not about. */
interface Case {
  readonly rule: string
  readonly fires: string
  readonly silent: string
  readonly needsRoot?: boolean
}

/** Has perl make a system call by number: `[x86_64, aarch64]`. */
const perl = (numbers: readonly [number, number], more: string): string =>
  `perl -e 'my $nr = qx(uname -m) =~ /x86_64/ ? ${numbers[0]} : ${numbers[1]}; ${more}'`

const CASES: readonly Case[] = [
  {
    rule: 'Secret read by an unexpected program',
    fires: 'cat "$HOME/.aws/credentials"',
    silent: 'cp "$(command -v cat)" aws && ./aws "$HOME/.aws/credentials"; cat "$HOME/.ssh/id_ed25519.pub"',
  },
  {
    rule: 'Environment of another process read',
    fires: 'cat /proc/$$/environ',
    silent: 'cp "$(command -v cat)" ps && ./ps /proc/$$/environ; cat /proc/$$/status',
  },
  {
    rule: 'Account database read',
    fires: 'cat /etc/shadow',
    silent: 'cp "$(command -v cat)" passwd && ./passwd /etc/shadow; cat /etc/passwd',
    needsRoot: true,
  },
  {
    rule: 'Shell started by a package script',
    fires: './npm',
    silent: 'sh -c true; ./build',
  },
  {
    rule: 'Written outside the workspace',
    fires: 'echo 1 > "$OUTSIDE/file"',
    silent:
      'echo 1 > file; cat "$OUTSIDE/../nothing" 2>/dev/null; echo 1 > /tmp/.lanner-rule-test && rm /tmp/.lanner-rule-test',
  },
  {
    rule: 'Connection to an unlisted host',
    fires: `perl -MSocket -e 'socket(S, PF_INET, SOCK_DGRAM, 0); connect(S, sockaddr_in(9, inet_aton("192.0.2.1")))'`,
    silent: `perl -MSocket -e 'socket(S, PF_INET, SOCK_DGRAM, 0); connect(S, sockaddr_in(9, inet_aton("127.0.0.1")))'`,
  },
  {
    rule: 'Program run from where it was just written',
    fires: 'd=$(mktemp -d /tmp/lanner-XXXXXX); cp "$(command -v uname)" $d/new; $d/new; rm -r $d',
    silent: 'cp "$(command -v uname)" new && ./new',
  },
  {
    rule: 'Program run from memory',
    fires: perl(
      [319, 279],
      'my $name = "x"; my $fd = syscall($nr, $name, 0); open my $in, "<", $^X; open my $out, ">&=", $fd; print $out join "", <$in>; close $in; exec { "/proc/$$/fd/$fd" } "x", "-e", "1"',
    ),
    silent: 'perl -e 1',
  },
  {
    rule: 'Process of another program controlled',
    fires: perl([101, 117], 'syscall($nr, 16, $$, 0, 0)'),
    silent: perl([101, 117], 'syscall($nr, 17, $$, 0, 0)'),
  },
]

/** A bench below the home directory, for what lies below /tmp counts as scratch. */
function surroundings(place: Bench): { words: string[]; env: NodeJS.ProcessEnv } {
  const work = mkdtempSync(join(homedir(), '.lanner-rules-'))
  const home = join(place.root, 'home')
  for (const folder of ['.aws', '.ssh']) mkdirSync(join(home, folder), { recursive: true })
  writeFileSync(join(home, '.aws', 'credentials'), '[default]\n')
  writeFileSync(join(home, '.ssh', 'id_ed25519.pub'), 'ssh-ed25519 AAAA\n')
  const outside = mkdtempSync(join(homedir(), '.lanner-outside-'))
  for (const name of ['npm', 'build'])
    writeFileSync(join(work, name), "#!/bin/sh\nsh -c 'true'\ntrue\n", { mode: 0o755 })
  return { words: ['-d', work], env: { HOME: home, OUTSIDE: outside } }
}

/** The rules that gave alerts on `script`. */
async function alertsOn(place: Bench, script: string): Promise<string[]> {
  const { words, env } = surroundings(place)
  const alerts = join(place.root, 'alerts.jsonl')
  const run = ['-a', 'environment', '--trace', '--rules', RULES, '--alerts', alerts, '--rule-matching', 'all']
  try {
    const { code, stderr } = await place.step(
      [...words, ...run, '--', 'sh', '-c', `{ ${script}; } >/dev/null 2>&1; true`],
      { env },
    )
    if (code !== 0) throw new Error(stderr)
    const lines = readFileSync(alerts, 'utf8').split('\n').filter(Boolean)
    return [...new Set(lines.map(line => (JSON.parse(line) as { rule: string }).rule))]
  } finally {
    for (const folder of [words[1], env.OUTSIDE]) rmSync(folder ?? '', { recursive: true, force: true })
  }
}

for (const { rule, fires, silent, needsRoot } of CASES) {
  traced(`${rule}: an alert on what it is for, none on what looks alike`, async t => {
    if (needsRoot === true && !ROOT) {
      t.log('skipped: only root may read what the rule is about')
      t.pass()
      return
    }
    t.deepEqual(await alertsOn(bench(t), fires), [rule])
    t.deepEqual(await alertsOn(bench(t), silent), [])
  })
}

traced('every shipped rule has a case', t => {
  const shipped = [...readFileSync(RULES, 'utf8').matchAll(/^- rule: (.*)$/gm)].map(([, name]) => name)
  t.deepEqual(shipped.sort(), CASES.map(({ rule }) => rule).sort())
})
