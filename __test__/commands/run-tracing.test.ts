// From typed flags to how a step is traced and where its files come from: what each means, what is refused before anything runs.

import test, { type ExecutionContext } from 'ava'
import { planTracing, type TracingFlags } from '../../src/commands/run-tracing.ts'
import { LannerError } from '../../src/error.ts'

type Planned = ReturnType<typeof planTracing>

function planned(typed: Partial<TracingFlags>, warnings: string[] = []): Planned {
  const messages = { warn: (text: string) => void warnings.push(text), debug: () => undefined }
  return planTracing(typed as TracingFlags, messages)
}

function refusal(t: ExecutionContext, typed: Partial<TracingFlags>): LannerError {
  const error = t.throws(() => planned(typed), { instanceOf: LannerError }) as LannerError
  t.is(error.exit, 2)
  return error
}

test('untraced unless asked for, and then files come from a walk', t => {
  const walk = { by: 'walk', outside: false, required: false }
  for (const trace of [undefined, false, 'false', '0']) {
    t.deepEqual(planned(trace === undefined ? {} : { trace }), {
      tracing: undefined,
      capture: walk,
    } as Planned)
  }
})

test('traced, files come from the trace, unless a walk is asked for', t => {
  const tracing = { requested: 'on', lingerMs: 1000, requireZeroGaps: false, events: undefined }
  const modes = [
    [undefined, 'trace', false],
    ['auto', 'trace', false],
    ['auto:ptrace', 'trace', false],
    ['trace', 'trace', true],
    ['trace:auto', 'trace', true],
    ['walk', 'walk', false],
  ] as const
  for (const trace of [true, 'true', '1']) {
    for (const [captureMode, by, required] of modes) {
      const plan = planned({ trace, ...(captureMode === undefined ? {} : { captureMode }) })
      t.deepEqual(plan, { tracing, capture: { by, outside: false, required } } as Planned, captureMode)
    }
  }
  t.is(planned({ trace: 'auto' }).tracing?.requested, 'auto')
})

test('seconds to linger may have decimals; cilock’s name for zero gaps means ours', t => {
  t.is(planned({ trace: true, traceLinger: '0' }).tracing?.lingerMs, 0)
  t.is(planned({ trace: true, traceLinger: '2.5' }).tracing?.lingerMs, 2500)
  for (const typed of [{ requireZeroGaps: true }, { requireZeroDrops: 'true' }]) {
    t.true(planned({ trace: 'auto', ...typed }).tracing?.requireZeroGaps)
  }
  t.true(planned({ trace: true, includeOutside: true }).capture.outside)
})

test('what needs a trace is refused without one, naming the flag', t => {
  const needing: readonly (readonly [Partial<TracingFlags>, string])[] = [
    [{ captureMode: 'trace' }, '--capture-mode trace'],
    [{ captureMode: 'trace', trace: 'false' }, '--capture-mode trace'],
    [{ requireZeroGaps: true }, '--require-zero-gaps'],
    [{ requireZeroDrops: true }, '--require-zero-gaps'],
    [{ events: 'e.jsonl' }, '--events'],
    [{ traceLinger: '1' }, '--trace-linger'],
    [{ includeOutside: true }, '--include-outside'],
    [{ includeOutside: true, trace: true, captureMode: 'walk' }, '--include-outside'],
  ]
  for (const [typed, named] of needing) {
    const { code, message } = refusal(t, typed)
    t.is(code, 'ERR_USAGE_TRACE')
    t.true(message.includes(named), message)
  }
})

test('values that make no sense are refused by name, other backends with the reason', t => {
  const wrong: readonly (readonly [Partial<TracingFlags>, RegExp])[] = [
    [{ trace: 'yes' }, /`--trace` is `yes`, expected true, false or auto/],
    [{ trace: true, traceLinger: '-1' }, /--trace-linger/],
    [{ trace: true, traceLinger: '1e3' }, /--trace-linger/],
    [{ trace: true, traceLinger: '86401' }, /--trace-linger/],
    [{ trace: true, captureMode: 'trace:ebpf' }, /trace:ebpf.*ptrace with a seccomp filter/],
    [{ captureMode: 'ima' }, /ima.*measurement log/],
    [{ captureMode: 'walk:ptrace' }, /walk:ptrace/],
    [{ trace: true, captureMode: 'trace:ptrace:x' }, /trace:ptrace:x/],
    [{ captureMode: '' }, /--capture-mode/],
    [{ hardening: 'standard' }, /--hardening standard/],
    [{ hardening: 'strict' }, /--hardening strict/],
  ]
  for (const [typed, message] of wrong) t.regex(refusal(t, typed).message, message)
})

test('flags of cilock’s tracer that change nothing are accepted; those a person may count on say so', t => {
  const warnings: string[] = []
  planned({ hardening: 'off', cacheAllow: ['x'], cacheNoDefaults: true, cacheNoProbe: 'true' }, warnings)
  t.deepEqual(warnings, [])
  planned({ diagnose: true, prewalkSkip: ['.git'], prewalkInclude: ['vendor,x'] }, warnings)
  t.is(warnings.length, 2)
  t.regex(warnings.join('\n'), /--diagnose[\s\S]*--prewalk/)
})
