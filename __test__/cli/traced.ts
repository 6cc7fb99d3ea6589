// What the tests of traced runs share: who may run them, how tracing is denied for real, and short ways to read a record.
// Asserts nothing. Used by `trace.test.ts`, `trace-trees.test.ts` and `trace-command.test.ts`.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type TestFn } from 'ava'
import { type Bench, CLI, type Outcome, predicateOf, run, type Start } from './lanner.ts'

/** Tracing is for Linux alone. */
export const traced: TestFn = process.platform === 'linux' ? test : (test.skip as TestFn)

/** A process of command-run, as much of it as tests look at. */
export interface Process {
  readonly processid: number
  readonly parentpid: number
  readonly program?: string
  readonly argv?: readonly string[]
  readonly exe?: string
  readonly exedigest?: { readonly sha256: string }
  readonly openedfiles?: Readonly<Record<string, { readonly sha256: string }>>
  readonly writtenDigests?: Readonly<Record<string, { readonly sha256: string }>>
  readonly exitcode?: number
  readonly signal?: number
  readonly left_running?: boolean
  readonly attempts?: readonly { readonly call: string; readonly path?: string; readonly error: string }[]
}

/** The processes in the envelope of a bench. */
export function processesOf(place: Bench): Process[] {
  return predicateOf(place.statement(), 'command-run').processes as Process[]
}

/** The process that was last given those words. */
export function processWith(place: Bench, ...argv: string[]): Process | undefined {
  return processesOf(place).find(process => JSON.stringify(process.argv) === JSON.stringify(argv))
}

/** The paths of the material or product tree, sorted. */
export function leavesOf(place: Bench, name: 'material' | 'product'): string[] {
  const { leaves = [] } = predicateOf(place.statement(), name) as { leaves?: { path: string }[] }
  return leaves.map(({ path }) => path).sort()
}

/** A seccomp filter (seccomp(2)) under which ptrace(2) fails with EPERM, as in a container; then the program. */
const DENIAL = `
my ($prctl, $ptrace) = qx(uname -m) =~ /x86_64/ ? (157, 101) : (167, 117);
my @code = ([0x20, 0, 0, 0], [0x15, 0, 1, $ptrace], [0x06, 0, 0, 0x00050001], [0x06, 0, 0, 0x7fff0000]);
my $filter = join '', map { pack 'SCCL', @$_ } @code;
my $program = pack 'Sx6P', scalar @code, $filter;
syscall($prctl, 38, 1, 0, 0, 0) == 0 or die "no_new_privs: $!";
syscall($prctl, 22, 2, $program, 0, 0) == 0 or die "seccomp: $!";
exec @ARGV or die $!;
`

/** Runs `lanner` where the kernel lets nobody trace. */
export function lannerDenied(place: Bench, words: readonly string[], start: Start = {}): Promise<Outcome> {
  const command = ['-e', DENIAL, process.execPath, CLI, ...words]
  return run('perl', command, { cwd: place.work, ...start })
}

/** The digest of a file, from a program that is not ours. */
export function sha256(file: string): string {
  return spawnSync('sha256sum', [file], { encoding: 'utf8' }).stdout.slice(0, 64)
}

/** Puts files into a folder. */
export function files(directory: string, contents: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(contents)) writeFileSync(join(directory, name), content)
}
