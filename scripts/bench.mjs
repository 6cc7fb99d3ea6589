// `npm run bench`: times whole commands against ordinary tools doing the same reading, in turns, in one run.
// Prints one JSON object a line: seconds, ratio, goal, peak memory. It judges only against the goals written here.
// `--quick` takes small inputs (a smoke test), `--only NAME` one row; inputs lie in LANNER_BENCH_DIR or the temp folder.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { eventsFile, filesTree } from './bench-inputs.mjs'
import { measurePairs } from './bench-measure.mjs'
import { rulesRows } from './bench-rules.mjs'
import { serveRows } from './bench-serve.mjs'
import { storeRows } from './bench-store.mjs'
import { traceRows } from './bench-trace.mjs'
import { root } from './command.mjs'
import { prepare } from './toolchain.mjs'

const cli = join(root, 'dist', 'cli.js')
const node = process.execPath
/** Bytes of the events that a small envelope holds. */
const SMALL = 20_000
const quote = text => `'${text.replaceAll("'", `'\\''`)}'`

/** A capture is made by a hard link, so that only Lanner's reading is timed and not the step's copying. */
function captureRow(place, events, mode, goal) {
  const work = join(place, 'capture')
  const envelope = join(place, `${mode}.json`)
  const words = [
    'run',
    '-s',
    'bench',
    '-k',
    join(place, 'key.pem'),
    '-o',
    envelope,
    '-a',
    'falco',
    '-d',
    work,
  ]
  const step = ['--attestor-falco-events', mode, '--', 'ln', events, join(work, 'falco-events.jsonl')]
  return {
    name: `falco capture, events ${mode === 'embed' ? 'embedded' : 'by digest'}`,
    before: () => {
      rmSync(work, { recursive: true, force: true })
      mkdirSync(work)
      rmSync(envelope, { force: true })
    },
    ours: [node, cli, ...words, ...step],
    reference: ['openssl', 'dgst', '-sha256', events],
    goal,
    memory: 256,
  }
}

/** Captures `events` into an envelope in `place`, then judges that under a policy drafted from it. */
function judgement(place, events) {
  const at = name => join(place, name)
  const lanner = (...words) => {
    const { status, stderr } = spawnSync(node, [cli, ...words], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`lanner ${words.join(' ')}: ${stderr}`)
  }
  const [envelope, policy, key] = [at('embed.json'), at('policy.signed.json'), at('key.pub.pem')]
  return {
    prepare: () => {
      const capture = captureRow(place, events, 'embed', 8)
      capture.before()
      lanner(...capture.ours.slice(2))
      lanner('policy', 'init', envelope, '-k', key, '-o', at('policy.json'))
      lanner('sign', '-f', at('policy.json'), '-o', policy, '-k', at('key.pem'))
    },
    ours: [node, cli, 'verify', '-p', policy, '-k', key, '-a', envelope, '-f', events],
  }
}

function verifyRow(place, events) {
  return {
    name: 'verify the envelope with embedded events',
    ...judgement(place, events),
    reference: ['openssl', 'dgst', '-sha256', events],
    goal: 6,
    memory: 512,
  }
}

/** What a gate waits for when there is next to nothing to read. */
function smallVerifyRow(place) {
  const small = join(place, 'small')
  const events = join(small, 'events.jsonl')
  const { prepare, ours } = judgement(small, events)
  return {
    name: 'verify, small',
    prepare: async () => {
      mkdirSync(small)
      spawnSync(node, [cli, 'keygen', '-o', join(small, 'key.pem')])
      await eventsFile(events, SMALL)
      prepare()
    },
    ours,
    reference: [node, '-e', '0'],
    plusSeconds: 0.06,
  }
}

function treeRow(place, tree) {
  const words = [
    'run',
    '-s',
    'bench',
    '-k',
    join(place, 'key.pem'),
    '-o',
    join(place, 'tree.json'),
    '-a',
    'environment',
  ]
  const find = `find . -type f -print0 | xargs -0 -P${availableParallelism()} -n200 openssl dgst -sha256`
  return {
    name: 'material and product of a tree',
    ours: [node, cli, ...words, '-d', tree, '--', 'true'],
    reference: ['sh', '-c', `cd ${quote(tree)} && ${find}`],
    goal: 0.9,
  }
}

const versionRow = {
  name: '--version',
  ours: [node, cli, '--version'],
  reference: [node, '-e', '0'],
  plusSeconds: 0.025,
}

async function main() {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean' }, only: { type: 'string' }, runs: { type: 'string' } },
  })
  await prepare()
  const place = mkdtempSync(join(process.env.LANNER_BENCH_DIR ?? tmpdir(), 'lanner-bench-'))
  try {
    spawnSync(node, [cli, 'keygen', '-o', join(place, 'key.pem')])
    const [bytes, files] = values.quick ? [20e6, 2000] : [1e9, 60_000]
    const wanted = row => values.only === undefined || row.name.includes(values.only)
    const events = join(place, 'events.jsonl')
    const tree = join(place, 'tree')
    const rows = [
      captureRow(place, events, 'digest', 2),
      captureRow(place, events, 'embed', 8),
      verifyRow(place, events),
      smallVerifyRow(place),
      treeRow(place, tree),
      versionRow,
      ...traceRows(place, values),
      ...rulesRows(place, values),
      ...storeRows(place, values),
      ...serveRows(place, values),
    ].filter(wanted)
    if (rows.some(row => row.reference[0] === 'openssl')) await eventsFile(events, bytes)
    if (rows.some(row => row.name.includes('tree'))) filesTree(tree, files)
    let met = true
    for (const row of rows) {
      await row.prepare?.()
      const runs = Number(values.runs ?? 5)
      const result = await (row.measure?.(runs) ?? measurePairs(row, runs))
      met &&= result.met
      process.stdout.write(`${JSON.stringify(result)}\n`)
    }
    // Small inputs measure start-up, not work: they cannot miss a goal.
    return met || values.quick ? 0 : 1
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

process.exitCode = await main()
