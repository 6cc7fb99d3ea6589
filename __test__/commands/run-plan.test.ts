// From typed flags to the plan of a run: what each flag means, what is refused before anything runs, what warns.

import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { PassThrough } from 'node:stream'
import test, { type ExecutionContext } from 'ava'
import type { RunPlan } from '../../src/attestors/workflow.ts'
import type { StepCommand } from '../../src/commands/run-options.ts'
import { planRun } from '../../src/commands/run-plan.ts'
import { LannerError } from '../../src/error.ts'

interface Planned {
  readonly plan: RunPlan
  readonly warnings: string[]
}

function planned(typed: Partial<StepCommand>, environment: NodeJS.ProcessEnv = {}): Planned {
  const warnings: string[] = []
  const messages = { warn: (text: string) => void warnings.push(text), debug: () => undefined }
  const around = { environment, stdout: new PassThrough(), stderr: new PassThrough(), messages }
  return {
    plan: planRun({ stepName: 'test', ...typed } as StepCommand, ['make', '--', 'x'], around),
    warnings,
  }
}

function refusal(t: ExecutionContext, typed: Partial<StepCommand>): LannerError {
  const error = t.throws(() => planned(typed), { instanceOf: LannerError }) as LannerError
  t.is(error.exit, 2)
  return error
}

test('without flags: environment and git by default, events embedded, one mebibyte of output, this folder', t => {
  const { plan, warnings } = planned({})
  t.deepEqual(warnings, [])
  t.like(plan, {
    attestors: ['environment', 'git'],
    attestorsNamed: false,
    without: undefined,
    include: undefined,
    exclude: undefined,
    rehash: false,
    requireComplete: false,
    spoolDirectory: tmpdir(),
    falco: { file: undefined, events: 'embed', strict: false, cluster: '' },
  })
  t.like(plan.step, { argv: ['make', '--', 'x'], cwd: process.cwd(), tty: false, outputLimit: 1 << 20 })
})

test('attestors are those named, once each, without those that always run; platform is a warning', t => {
  const { plan, warnings } = planned({ attestations: ['falco,git', 'falco', 'product,material', 'platform'] })
  t.deepEqual(plan.attestors, ['falco', 'git'])
  t.true(plan.attestorsNamed)
  t.is(warnings.length, 1)
  t.regex(warnings[0] ?? '', /platform/)
  t.deepEqual(planned({ attestations: [''] }).plan.attestors, [], 'naming none is naming')
})

test('the cluster is FALCO_CLUSTER_NAME as it stands; the step gets the whole environment', t => {
  const environment = { FALCO_CLUSTER_NAME: ' prod "ü" ', OTHER: '1' }
  const { plan } = planned({}, environment)
  t.is(plan.falco.cluster, ' prod "ü" ')
  t.is(plan.step.env, environment)
})

test('spool files lie where the envelope will, so that the disk it needs is the disk it has', t => {
  t.is(planned({ outfile: 'src/a.json' }).plan.spoolDirectory, resolve('src'))
  t.is(planned({ outfile: '/a.json' }).plan.spoolDirectory, '/')
  t.is(planned({ outfile: '/no/such/folder/yet/a.json' }).plan.spoolDirectory, tmpdir())
  t.is(planned({ outfile: '-' }).plan.spoolDirectory, tmpdir())
})

test('material or product can be left out, however said, but not both and nothing else', t => {
  t.is(planned({ withoutDefault: ['material'] }).plan.without, 'material')
  t.is(planned({ withoutDefault: ['product,product', 'product'] }).plan.without, 'product')
  for (const withoutDefault of [['material,product'], ['product', 'material'], ['git'], ['Material']]) {
    t.true(refusal(t, { withoutDefault }).message.includes('--no-default-attestor'))
  }
})

test('each flag that asks for what is not here is refused by its name', t => {
  const asked: readonly (readonly [Partial<StepCommand>, string])[] = [
    [{ platformUrl: 'https://example.org' }, '--platform-url'],
    [{ workload: 'none' }, '--workload'],
    [{ captureMode: 'ebpf' }, '--capture-mode ebpf'],
    [{ offline: 'perhaps' }, '--offline'],
    [{ tty: 'perhaps' }, '--tty'],
    [{ hashes: ['md5'] }, 'md5'],
    [{ hashes: ['sha1'] }, '--hashes'],
    [{ attestations: ['falco', 'sarif'] }, 'sarif'],
    [{ workingDirectory: 'no/such' }, 'no/such'],
    [{ workingDirectory: join(import.meta.dirname, 'run-plan.test.ts') }, 'run-plan.test.ts'],
    [{ outputLimit: '-1' }, '--attestor-command-run-output-limit'],
    [{ falcoEvents: 'none' }, '--attestor-falco-events'],
    [{ stepName: '' }, '--step'],
  ]
  for (const [typed, named] of asked) {
    const { code, message } = refusal(t, typed)
    t.true(message.includes(named), message)
    t.regex(code, /^ERR_USAGE_/)
  }
})

test('what asks for nothing is accepted, and what changes nothing warns', t => {
  const quiet = {
    enableArchivista: 'false',
    enableArchivist: false,
    platformUrl: '',
    offline: true,
    workload: 'manual',
  }
  t.deepEqual(planned({ ...quiet, captureMode: 'walk', hashes: ['sha256'] }).warnings, [])
  const { warnings } = planned({ hashes: ['sha256,sha1'], dirhashGlob: ['vendor*'] })
  t.is(warnings.length, 2)
  t.regex(warnings.join('\n'), /--hashes sha1[\s\S]*--dirhash-glob|--dirhash-glob[\s\S]*--hashes sha1/)
})

test('the environment flags are lists and switches of their own', t => {
  const typed = {
    envAddKeys: ['A,B*', 'C'],
    envAllowKeys: ['D'],
    envFilter: 'true',
    envDisableDefaults: true,
    envAllowlist: ['E?,F'],
  }
  t.deepEqual(planned(typed).plan.environment, {
    disableDefaults: true,
    addKeys: ['A', 'B*', 'C'],
    allowKeys: ['D'],
    filter: true,
    captureAllowlist: ['E?', 'F'],
  })
})
