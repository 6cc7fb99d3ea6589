// What rules cost: megabytes of audit events a second against the rules that Falco ships, with the natural mix and when none fires, on
// all cores and on one, less the start of the command; the time to load and compile; what they add to tracing. Needs the corpus.
// Run by bench.mjs.

import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { median, round, timed } from './bench-measure.mjs'
import { root } from './command.mjs'

const node = process.execPath
const cli = join(root, 'dist', 'cli.js')

/** What a rule must hold that is evaluated on every event and never matches. */
const never = (source, field) => `- rule: Never
  desc: never matches
  condition: ${field} = "no event has this value"
  output: never
  priority: DEBUG
  source: ${source}
`

/** The rows; none without the corpus. */
export function rulesRows(place, { quick } = {}) {
  const corpus = process.env.LANNER_CORPUS
  if (corpus === undefined || corpus === '') {
    process.stderr.write('skipped: the rows of rules need the corpus (LANNER_CORPUS)\n')
    return []
  }
  const at = join(corpus, 'falco-rules')
  const upstream = name => join(at, 'rules', 'upstream', name)
  const bytes = quick ? 20e6 : 1e9
  const k8s = {
    source: 'k8s_audit',
    rules: upstream('k8s_audit_rules.yaml'),
    log: join(place, 'audit.jsonl'),
    bytes,
  }
  const trail = {
    source: 'aws_cloudtrail',
    rules: upstream('aws_cloudtrail_rules.yaml'),
    log: join(place, 'trail.jsonl'),
    bytes,
  }
  k8s.fill = () => repeated(k8s.log, auditEvents(join(at, 'k8saudit', 'trace_files')), bytes, auditCopy)
  trail.fill = () => repeated(trail.log, trailRecords(join(at, 'cloudtrail')), bytes, trailCopy)
  k8s.never = join(place, 'never-k8s.yaml')
  trail.never = join(place, 'never-trail.yaml')
  writeFileSync(k8s.never, never('k8s_audit', 'ka.user.name'))
  writeFileSync(trail.never, never('aws_cloudtrail', 'ct.user'))
  const rows = [k8s, trail].flatMap(input => [
    speed(`rules, ${input.source}, natural mix`, input, input.rules, { goal: 400 }),
    speed(`rules, ${input.source}, natural mix, all matches`, input, input.rules, { all: true }),
    speed(`rules, ${input.source}, none fires, one core`, input, input.never, { goal: 1000, core: true }),
  ])
  return [...rows, loading(upstream('falco_rules.yaml')), tracing(place, upstream('falco_rules.yaml'))]
}

function speed(name, input, rules, { goal, all = false, core = false }) {
  return {
    name,
    reference: [],
    async measure(runs) {
      if (!existsSync(input.log)) await input.fill()
      const size = statSync(input.log).size / 1e6
      const words = [node, cli, 'detect', '-q', '--rules', rules, '--source', input.source]
      const command = [...words, ...(all ? ['--rule-matching', 'all'] : []), input.log]
      const empty = join(input.log, '..', 'empty.jsonl')
      writeFileSync(empty, '')
      const pinned = core ? ['taskset', '-c', '0'] : []
      const [results, starts] = [[], []]
      for (let round = -1; round < runs; round += 1) {
        const result = await timed([...pinned, ...command])
        const start = await timed([...pinned, ...command.with(-1, empty)])
        if (round < 0) continue
        results.push(result)
        starts.push(start.seconds)
      }
      const seconds = median(results.map(result => result.seconds))
      const start = median(starts)
      const peak = Math.max(...results.map(result => result.peakKilobytes)) / 1000
      const speed = size / (seconds - start)
      return {
        name,
        input_mb: Math.round(size),
        ours_s: round(seconds),
        start_s: round(start),
        mb_per_s: Math.round(speed),
        ...(goal === undefined ? {} : { goal_mb_per_s: goal }),
        with_start_mb_per_s: Math.round(size / seconds),
        peak_mb: Math.round(peak),
        goal_mb: 256,
        met: speed >= (goal ?? 0) && peak <= 256,
      }
    },
  }
}

/** In this very process, so that no start-up is counted; the best of all runs, for nothing else is to be measured. */
function loading(rules) {
  return {
    name: 'load and compile falco_rules.yaml',
    reference: [],
    async measure(runs) {
      const native = await import(join(root, 'dist', 'binding.js'))
      const times = []
      for (let round = 0; round < runs + 3; round += 1) {
        const begin = process.hrtime.bigint()
        const settings = { files: [rules], sources: [], priority: 'Debug', choices: [], additions: [] }
        const book = await native.loadRules(settings)
        book.follow(detection('syscall'), ['bench'])
        times.push(Number(process.hrtime.bigint() - begin) / 1e6)
      }
      const best = Math.min(...times)
      return {
        name: this.name,
        ours_ms: round(best),
        median_ms: round(median(times)),
        goal_ms: 30,
        met: best <= 30,
      }
    },
  }
}

function detection(source) {
  const output = {
    json: true,
    includeOutput: true,
    includeMessage: false,
    includeFields: true,
    includeTags: true,
  }
  return {
    ...{ source, matchAll: false, falcoCompat: false, hostname: 'bench', utcOffset: 0 },
    output: { ...output, isoTime: true, base64: false, appended: [], staticFields: [] },
  }
}

/** The same traced step with rules and without; pairs, in turns. */
function tracing(place, rules) {
  return {
    name: 'rules on the traced step',
    reference: [],
    async measure(runs) {
      const at = join(place, 'traced')
      const script = 'i=0; while [ $i -lt 300 ]; do cat /etc/passwd > f$i; i=$((i+1)); done'
      const base = [
        node,
        cli,
        'run',
        '-s',
        'bench',
        '-k',
        join(place, 'key.pem'),
        '-o',
        join(place, 'traced.json'),
      ]
      const traced = [...base, '-a', 'environment', '-d', at, '--trace']
      const step = ['--', 'sh', '-c', script]
      const ratios = []
      for (let round = -1; round < runs; round += 1) {
        const [plain, judged] = [[], ['--rules', rules]].map(more => async () => {
          rmSync(at, { recursive: true, force: true })
          mkdirSync(at)
          return (await timed([...traced, ...more, ...step])).seconds
        })
        const pair = [await plain(), await judged()]
        if (round >= 0) ratios.push(pair[1] / pair[0])
      }
      const ratio = median(ratios)
      return {
        name: this.name,
        reference: 'the same step traced without rules',
        ratio: round(ratio),
        goal: 1.1,
        met: ratio <= 1.1,
      }
    },
  }
}

function auditEvents(folder) {
  return readdirSync(folder)
    .sort()
    .flatMap(name => readFileSync(join(folder, name), 'utf8').split('\n'))
    .filter(line => line.trim() !== '')
    .map(line => JSON.stringify(JSON.parse(line)))
}

/** The event with another id, at another time. */
function auditCopy(event, number) {
  const time = `${new Date(1_767_225_600_000 + number).toISOString().slice(0, -1)}000Z`
  return event
    .replace(/"auditID":"[^"]*"/, `"auditID":"00000000-0000-4000-8000-${String(number).padStart(12, '0')}"`)
    .replace(/"stageTimestamp":"[^"]*"/, `"stageTimestamp":"${time}"`)
}

function trailRecords(folder) {
  const files = spawnSync('find', [folder, '-name', '*.json'], { encoding: 'utf8' })
    .stdout.trim()
    .split('\n')
    .sort()
  return files.flatMap(file => {
    const document = JSON.parse(readFileSync(file, 'utf8'))
    return (document.Records ?? [document]).map(record => JSON.stringify(record))
  })
}

function trailCopy(record, number) {
  const time = new Date(1_767_225_600_000 + number * 10).toISOString().replace(/\.\d+Z$/, 'Z')
  return record
    .replace(/"eventID":"[^"]*"/, `"eventID":"00000000-0000-4000-8000-${String(number).padStart(12, '0')}"`)
    .replace(/"eventTime":"[^"]*"/, `"eventTime":"${time}"`)
}

async function repeated(file, events, bytes, copy) {
  const stream = createWriteStream(file)
  let [written, number] = [0, 0]
  while (written < bytes) {
    const text = events.map(event => `${copy(event, number++)}\n`).join('')
    written += Buffer.byteLength(text)
    if (!stream.write(text)) await once(stream, 'drain')
  }
  stream.end()
  await once(stream, 'finish')
}
