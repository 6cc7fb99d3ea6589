// Laws that hold for every output over HTTP, tried against strict stand-ins of their receivers.
import test from 'ava'
import type { Output } from '../../../src/serve/outputs/output.ts'
import {
  faultOf,
  HARD_NUMBERS,
  HARD_TEXT,
  hardAlert,
  hardAlerts,
  opened,
  patient,
  type Receiver,
  type Sink,
  sink,
} from './bench.ts'
import { pathOf, TRIALS, type Trial } from './sinks.ts'

async function started(
  t: Parameters<typeof sink>[0],
  trial: Trial,
  receiver: Receiver,
): Promise<{ output: Output; server: Sink }> {
  const server = await sink(t, receiver)
  const url = `${server.url}${pathOf(trial)}`
  const output = await opened(t, { type: trial.type, [trial.address ?? 'url']: url, ...trial.options })
  return { output, server }
}

for (const trial of TRIALS) {
  test(`${trial.name}: text of any script and numbers of 64 bits arrive as they were`, async t => {
    const { output, server } = await started(t, trial, trial.accept)
    const alert = hardAlert()
    await t.notThrowsAsync(output.deliver([alert], patient()))
    const texts = server.received.flatMap(trial.read)
    for (const expected of [HARD_TEXT, alert.id, ...Object.values(HARD_NUMBERS)])
      t.true(texts.includes(expected), expected)
    t.true(texts.some(text => text.includes(alert.content.output)))
  })

  test(`${trial.name}: what a 500 stopped goes through the next time`, async t => {
    const { output } = await started(t, trial, (request, number) =>
      number === 1 ? { status: 500 } : trial.accept(request),
    )
    const alerts = hardAlerts(1)
    const fault = await faultOf(output.deliver(alerts, patient()))
    t.true(fault.retry)
    t.is(fault.refused.size, 0)
    await t.notThrowsAsync(output.deliver(alerts, patient()))
  })

  test(`${trial.name}: a receiver that is busy says for how long`, async t => {
    const { output } = await started(t, trial, () => ({ status: 429, headers: { 'retry-after': '3' } }))
    const fault = await faultOf(output.deliver(hardAlerts(1), patient()))
    t.deepEqual([fault.retry, fault.after], [true, 3000])
  })

  test(`${trial.name}: a receiver that hangs is left when the signal comes`, async t => {
    const { output, server } = await started(t, trial, () => undefined)
    const stop = new AbortController()
    const delivery = faultOf(output.deliver(hardAlerts(1), stop.signal))
    await server.arrived(1)
    stop.abort()
    t.true((await delivery).retry)
  })

  test(`${trial.name}: what is refused for good is named, and no secret with it`, async t => {
    const { output } = await started(t, trial, ({ path, headers, text }) => ({
      status: 403,
      body: `you sent ${path} ${JSON.stringify(headers)} ${text.slice(0, 200)}`,
    }))
    const fault = await faultOf(output.deliver(hardAlerts(1), patient()))
    t.false(fault.retry)
    const shown = [fault.message, ...fault.refused.values(), String(fault.stack)].join('\n')
    t.regex(shown, /answered 403: you sent/)
    for (const secret of trial.secrets) t.false(shown.includes(secret), secret)
  })

  if (trial.many > 0) {
    test(`${trial.name}: more alerts than a request may hold arrive whole in several`, async t => {
      const { output, server } = await started(t, trial, trial.accept)
      const alerts = hardAlerts(trial.many)
      await t.notThrowsAsync(output.deliver(alerts, patient()))
      t.true(server.received.length > 1)
      const texts = new Map<string, number>()
      for (const text of server.received.flatMap(trial.read)) texts.set(text, (texts.get(text) ?? 0) + 1)
      t.deepEqual(
        alerts.filter(({ id }) => !texts.has(id)),
        [],
      )
    })
  }
}

const LONG = HARD_TEXT.repeat(2000)
const hundredFields = Object.fromEntries(
  Array.from({ length: 100 }, (_, at) => [`field.n${at}`, JSON.stringify(HARD_TEXT.repeat(20))]),
)

for (const trial of TRIALS.filter(({ name }) =>
  ['slack', 'mattermost', 'rocketchat', 'discord', 'teams', 'pagerduty', 'opsgenie'].includes(name),
)) {
  test(`${trial.name}: an alert far beyond its limits is cut, says so, and is accepted`, async t => {
    const { output, server } = await started(t, trial, trial.accept)
    await t.notThrowsAsync(
      output.deliver(
        [hardAlert({ output: LONG, rule: LONG, fields: hundredFields, hostname: LONG })],
        patient(),
      ),
    )
    t.regex(server.received.map(({ text }) => text).join(''), /…cut, \d+ (?:bytes|characters) in all/)
  })
}
