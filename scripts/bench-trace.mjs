// What tracing costs: a step of many small processes and one of many small files, and a build; untraced, traced with digests, and
// under strace with a seccomp filter, in turns. Traced twice: by the tracer alone (its example program) and by `lanner run
// --trace`, whose own start is measured beside it. Run by bench.mjs, or alone: `node scripts/bench-trace.mjs --runs 5`.

import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { probe, root } from './command.mjs'

const cli = join(root, 'dist', 'cli.js')
const STRACE = ['strace', '-f', '--seccomp-bpf', '-e', 'trace=openat,execve,connect,unlinkat,renameat']
/** Traced by untraced time, and by that under strace. */
const GOALS = { untraced: 1.6, strace: 1 }

/** The rows of tracing: each measures itself with `measure(runs)`. `LC_ALL=C` keeps `cat` from opening 28 locale files. */
export function traceRows(place, { quick = false } = {}) {
  const many = { processes: quick ? 20 : 600, files: quick ? 200 : 8000 }
  const rows = [
    { name: 'tracing small processes and small files', locale: 'C', goals: GOALS, ...smallThings(many) },
    { name: 'tracing the same, locale C.UTF-8', locale: 'C.UTF-8', ...smallThings(many) },
    { name: 'tracing a build of 50 C files', locale: 'C', ...build(quick ? 3 : 50) },
  ]
  return rows.map(row => ({ name: row.name, reference: [], measure: runs => measure(row, place, runs) }))
}

function smallThings({ processes, files }) {
  return {
    fill: at => {
      mkdirSync(join(at, 'generated'))
      for (let file = 0; file < files; file += 1) {
        writeFileSync(join(at, 'generated', `f${file}`), `${file} `.repeat(10_000).slice(0, 10_000))
      }
    },
    script: `mkdir out; i=0; while [ $i -lt ${processes} ]; do cat /etc/passwd > out/f$i; i=$((i+1)); done
      find generated -type f -print0 | xargs -0 cat > /dev/null`,
    clean: at => rmSync(join(at, 'out'), { recursive: true, force: true }),
  }
}

function build(files) {
  const names = Array.from({ length: files }, (_, index) => `part${index}`)
  return {
    fill: at => {
      const objects = names.map(name => `${name}.o`).join(' ')
      writeFileSync(join(at, 'Makefile'), `all: ${objects}\n%.o: %.c\n\t@cc -O1 -c -o $@ $<\n`)
      for (const name of names) {
        const includes = '#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n'
        writeFileSync(join(at, `${name}.c`), `${includes}int ${name}(void) { return puts("${name}"); }\n`)
      }
    },
    script: 'make -s',
    clean: at => {
      for (const name of names) rmSync(join(at, `${name}.o`), { force: true })
    },
  }
}

async function measure(row, place, runs) {
  const at = mkdtempSync(join(place, 'trace-'))
  row.fill(at)
  const step = ['sh', '-c', row.script]
  const ways = commands(at, step)
  const times = new Map(Object.keys(ways).map(way => [way, []]))
  for (let round = -1; round < runs; round += 1) {
    for (const [way, words] of Object.entries(ways)) {
      row.clean(at)
      const seconds = await timed(words, at, { ...process.env, LC_ALL: row.locale, LANG: row.locale })
      // The first round fills the caches.
      if (round >= 0) times.get(way).push(seconds)
    }
  }
  rmSync(at, { recursive: true, force: true })
  return verdict(row, times)
}

function commands(at, step) {
  const ways = { untraced: step, traced: [tracer(), '-q', ...step] }
  if (probe('strace', ['--version']) !== undefined) ways.strace = [...STRACE, '-o', '/dev/null', ...step]
  if (existsSync(cli)) {
    const [key, envelope] = ['trace-key.pem', 'trace.json'].map(name => join(at, '..', name))
    if (!existsSync(key)) spawnSync(process.execPath, [cli, 'keygen', '-o', key])
    const run = ['run', '-s', 'bench', '-k', key, '-o', envelope, '-a', 'environment', '-d', at]
    const lanner = [process.execPath, cli, ...run, '--trace', '--']
    if (recordsProcesses([...lanner, 'true'], envelope)) {
      ways.cli = [...lanner, ...step]
      ways.cli_start = [...lanner, 'true']
    }
  }
  return ways
}

function verdict({ name, goals }, times) {
  const ratio = (one, other) =>
    median(times.get(one).map((seconds, index) => seconds / times.get(other)[index]))
  const result = { name }
  for (const [way, seconds] of times) {
    result[`${way}_s`] = round(median(seconds))
    result[`${way}_best_s`] = round(Math.min(...seconds))
  }
  result.ratio = round(ratio('traced', 'untraced'))
  if (times.has('strace')) result.strace_ratio = round(ratio('traced', 'strace'))
  if (times.has('cli')) {
    const own = median(times.get('cli').map((seconds, index) => seconds - times.get('cli_start')[index]))
    result.cli_less_start_s = round(own)
    result.cli_ratio = round(own / median(times.get('untraced')))
  }
  result.goal = goals?.untraced
  result.strace_goal = goals?.strace
  result.met =
    goals === undefined || (result.ratio <= goals.untraced && (result.strace_ratio ?? 0) <= goals.strace)
  return result
}

/** The tracer by itself: a program that records and prints a summary. */
function tracer() {
  const { status } = spawnSync(
    'cargo',
    ['build', '--release', '-q', '-p', 'lanner-trace', '--example', 'record'],
    {
      cwd: root,
      stdio: 'inherit',
    },
  )
  if (status !== 0) throw new Error('the tracer could not be built')
  const metadata = probe('cargo', [
    'metadata',
    '--no-deps',
    '--format-version',
    '1',
    '--manifest-path',
    join(root, 'Cargo.toml'),
  ])
  return join(JSON.parse(metadata).target_directory, 'release', 'examples', 'record')
}

/** Whether the built command really traces: an envelope without processes would time something else. */
function recordsProcesses([program, ...words], envelope) {
  const { status } = spawnSync(program, words, { stdio: 'ignore' })
  if (status !== 0) return false
  const { payload } = JSON.parse(readFileSync(envelope, 'utf8'))
  const { attestations } = JSON.parse(Buffer.from(payload, 'base64').toString('utf8')).predicate
  return attestations.some(({ attestation }) => attestation.processes?.length > 0)
}

function timed([program, ...words], cwd, env) {
  return new Promise((resolve, reject) => {
    const begin = process.hrtime.bigint()
    const child = spawn(program, words, { cwd, env, stdio: 'ignore' })
    child.on('error', reject)
    child.on('exit', code => {
      if (code === 0) resolve(Number(process.hrtime.bigint() - begin) / 1e9)
      else reject(new Error(`${program} ${words.join(' ')} exited with ${code}`))
    })
  })
}

const median = numbers => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]
const round = number => Number(number.toFixed(3))

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean' }, runs: { type: 'string' }, only: { type: 'string' } },
  })
  const place = mkdtempSync(join(process.env.LANNER_BENCH_DIR ?? tmpdir(), 'lanner-bench-'))
  try {
    for (const row of traceRows(place, values)) {
      if (values.only !== undefined && !row.name.includes(values.only)) continue
      process.stdout.write(`${JSON.stringify(await row.measure(Number(values.runs ?? 5)))}\n`)
    }
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}
