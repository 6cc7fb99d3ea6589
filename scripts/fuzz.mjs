// `npm run fuzz`: 200,000 mutations of envelopes, policies and event proofs, gigabyte strings in each of their places, text under a
// true signature, and the capture reader against its slow twin. A process that dies, hangs, grows beyond 512 MiB or finds a mutation
// that passes fails the run. `-- --count N --workers N` changes the size, `--set NAME` tries one set only; LANNER_FUZZ_SEED changes or
// repeats the dice.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from './build.mjs'
import { run } from './command.mjs'
import { prepare } from './toolchain.mjs'
import { cargoTotals, close, sum } from './totals.mjs'

const MAX_RSS = 512 << 20
/**
 * What Node gives itself in a container of 512 MiB (a heap limit of 259 MiB). On a machine with more, V8 lets the garbage of many
 * verifications lie until gigabytes are full, and a process' peak says nothing of what one of them needs.
 */
const HEAP_OF_512_MIB = ['--max-old-space-size=256', '--max-semi-space-size=1']
const COLUMNS = ['tried', 'refused', 'without effect', 'judged', 'passed', 'crashed']

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '200000' },
    workers: { type: 'string', default: String(availableParallelism()) },
    /** Only this set. */
    set: { type: 'string' },
    /** The addon as it lies there, and no Rust test. */
    'as-built': { type: 'boolean' },
  },
})

/** How many mutations each set gets; `signed` comes on top, for its text is no forgery. */
function countsFor(count) {
  const corpus = process.env.LANNER_CORPUS
  const recorded = corpus === undefined || corpus === '' ? 0 : Math.floor(count * 0.4)
  const proof = Math.floor(count * 0.3)
  return { gigabyte: 1000, recorded, own: count - recorded - proof, proof, signed: Math.floor(count / 5) }
}

/** One process with every `workers`th mutation. Its totals by set, or how it died. */
async function worker(number, workers, counts) {
  const folder = mkdtempSync(join(tmpdir(), 'lanner-fuzz-'))
  try {
    const words = [
      '--folder',
      folder,
      '--from',
      number,
      '--step',
      workers,
      '--counts',
      JSON.stringify(counts),
    ]
    const program = join('__test__', 'fuzz', 'worker.ts')
    const node = [...HEAP_OF_512_MIB, '--import=@oxc-node/core/register', program, ...words.map(String)]
    const { code } = await run(process.execPath, node)
    const read = (name, otherwise) =>
      existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : otherwise
    const result = JSON.parse(read('result.json', '{"tally":{"kinds":{},"broken":[]},"peak":0,"peakAt":""}'))
    // SIGABRT is also what the watchdog ends a hang with. Only the sets that were done are counted then.
    if (code !== 0)
      result.tally.broken.push(`a process died over ${read('at', 'its start')} with code ${code}`)
    return result
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Sums of the kinds for which `choose` gives a name. */
function rowsBy(results, choose) {
  const rows = new Map()
  for (const { tally } of results) {
    for (const [kind, counts] of Object.entries(tally.kinds)) {
      const row = rows.get(choose(kind)) ?? Object.fromEntries(COLUMNS.map(column => [column, 0]))
      for (const column of COLUMNS) row[column] += counts[column]
      rows.set(choose(kind), row)
    }
  }
  return rows
}

function print(rows) {
  const width = Math.max(...[...rows.keys()].map(name => name.length))
  process.stdout.write(`\n${''.padEnd(width)}${COLUMNS.map(column => column.padStart(16)).join('')}\n`)
  for (const [name, row] of [...rows].sort()) {
    process.stdout.write(
      `${name.padEnd(width)}${COLUMNS.map(column => String(row[column]).padStart(16)).join('')}\n`,
    )
  }
}

/** The highest peak in words, with the mutation it came with. */
function peakOf(results) {
  const { peak, peakAt } = results.toSorted((one, other) => other.peak - one.peak)[0]
  return `peak ${Math.ceil(peak / (1 << 20))} MiB in one process, at ${peakAt}`
}

async function campaign() {
  const counts = countsFor(Number(values.count))
  if (counts.recorded === 0)
    process.stdout.write('skipped: no corpus, so only files of our own are mutated\n')
  const sets = Object.entries(counts).filter(([set]) => values.set === undefined || values.set === set)
  if (sets.length === 0) throw new Error(`no set is called ${values.set}: ${Object.keys(counts).join(', ')}`)
  const workers = Number(values.workers)
  const started = performance.now()
  const results = []
  for (const [set, size] of sets) {
    // Processes of its own: what one set left on the heap is no need of another.
    const numbers = Array.from({ length: workers }, (_, number) => number)
    const done = await Promise.all(numbers.map(number => worker(number, workers, { [set]: size })))
    process.stdout.write(`${set}: ${peakOf(done)}\n`)
    results.push(...done)
  }
  print(rowsBy(results, kind => kind))
  print(rowsBy(results, kind => (kind.startsWith('signed ') ? 'under a true signature' : 'mutations')))
  const seconds = Math.round((performance.now() - started) / 1000)
  process.stdout.write(`\n${workers} processes, ${seconds} s, ${peakOf(results)}\n`)
  const broken = results.flatMap(({ tally }) => tally.broken)
  for (const one of broken) process.stdout.write(`${one}\n`)
  const failed = broken.length + (results.some(({ peak }) => peak > MAX_RSS) ? 1 : 0)
  return { passed: failed === 0 ? 1 : 0, failed, skipped: counts.recorded === 0 ? 1 : 0 }
}

if (values['as-built']) {
  close(await campaign())
} else {
  await prepare()
  const code = await build()
  if (code !== 0) process.exit(code)
  process.env.LANNER_SOAK = '1'
  const words = ['test', '--release', '-p', 'lanner-events', 'agreement', '--', '--show-output']
  close(sum([cargoTotals(await run('cargo', words)), await campaign()]))
}
