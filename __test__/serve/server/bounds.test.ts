// What bounds a sender: memory for bodies, alerts a second, tokens. And how numbers are written for Prometheus.
import test from 'ava'
import { Secret } from '../../../src/envelope/secret.ts'
import { Access } from '../../../src/serve/inputs/access.ts'
import { faultAnswer, postFault, receiptAnswer } from '../../../src/serve/inputs/answers.ts'
import { BodyBudget } from '../../../src/serve/inputs/body-budget.ts'
import { RefusalLog } from '../../../src/serve/inputs/refusal-log.ts'
import { SenderRate } from '../../../src/serve/inputs/sender-rate.ts'
import { Counter, Gauge, Histogram } from '../../../src/serve/metrics/family.ts'
import { backoff } from '../../../src/serve/pipeline/backoff.ts'
import { HandClock, settled } from './hand-clock.ts'

test('bodies wait for memory, and the oldest always goes on', async t => {
  const budget = new BodyBudget(100)
  const [first, second] = [budget.open(), budget.open()]
  t.is(first.take(60), undefined)
  t.is(second.take(40), undefined)
  let woken = false
  void second.take(10)?.then(() => {
    woken = true
  })
  t.is(first.take(50), undefined, 'the oldest may exceed the limit')
  await settled()
  t.false(woken)
  first.release()
  await settled()
  t.true(woken)
  t.is(budget.held, 50)
  second.release()
  second.release()
  t.is(budget.held, 0)
})

test('a body that is given up while it waits holds nothing and is woken', async t => {
  const budget = new BodyBudget(10)
  const [first, second] = [budget.open(), budget.open()]
  first.take(10)
  const waiting = second.take(5)
  second.release()
  await waiting
  first.release()
  t.is(budget.held, 0)
})

test('a sender may post a burst and then so many a second, whatever others do', async t => {
  const clock = new HandClock()
  const rate = new SenderRate({ perSecond: 10, burst: 20 }, clock)
  t.is(rate.wait('a'), 0)
  rate.charge('a', 25)
  t.is(rate.wait('a'), 600)
  t.is(rate.wait('b'), 0)
  await clock.advance(600)
  t.is(rate.wait('a'), 0)
  await clock.advance(3_600_000)
  rate.charge('a', 20)
  t.is(rate.wait('a'), 100)
})

test('the password of an address is a token as well, whatever the name before it', t => {
  const access = new Access([new Secret('one'), new Secret('a:b')])
  const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`
  for (const good of ['falco:one', ':one', 'x:a:b']) t.true(access.admits(basic(good)), good)
  for (const bad of ['one', 'one:', 'falco:two', 'falco:one ', '']) t.false(access.admits(basic(bad)), bad)
})

test('one of the tokens lets in, in any spelling of Bearer, and nothing else does', t => {
  const access = new Access([new Secret('one'), new Secret('two')])
  for (const good of ['Bearer one', 'bearer two', 'BEARER  one ']) t.true(access.admits(good), good)
  for (const bad of [undefined, '', 'one', 'Bearer', 'Bearer onetwo', 'Basic one', 'Bearer one two']) {
    t.false(access.admits(bad), String(bad))
  }
  t.true(new Access([]).admits(undefined))
})

test('waits double, are random in between, and never shorter than asked', t => {
  const limits = { first: 1000, most: 10_000 }
  t.deepEqual(
    [1, 2, 3, 4, 5, 60].map(failed => backoff(limits, failed, () => 1)),
    [1000, 2000, 4000, 8000, 10_000, 10_000],
  )
  t.is(
    backoff(limits, 3, () => 0),
    0,
  )
  t.is(
    backoff(limits, 3, () => 0.5, 30_000),
    32_000,
  )
  t.true(backoff(limits, 1, () => 0, 1e12) <= 3_600_000)
})

test('series beyond the most are counted together and nothing is lost', t => {
  const counter = new Counter('c_total', 'Help.', ['rule'], 2)
  for (const rule of ['a', 'b', 'c', 'd', 'a']) counter.add([rule])
  t.deepEqual(
    [...counter.lines()],
    [
      '# HELP c_total Help.',
      '# TYPE c_total counter',
      'c_total{rule="a"} 2',
      'c_total{rule="b"} 1',
      'c_total{rule="_other"} 2',
    ],
  )
})

test('values of labels are escaped, buckets are cumulative', t => {
  const gauge = new Gauge('g', 'a\nb', ['x'], () => [[['"\\\n'], 1.5]])
  t.deepEqual([...gauge.lines()], ['# HELP g a\\nb', '# TYPE g gauge', 'g{x="\\"\\\\\\n"} 1.5'])
  const histogram = new Histogram('h', 'H.', [], [1, 2])
  for (const value of [0.5, 1, 1.5, 9]) histogram.observe([], value)
  t.deepEqual([...histogram.lines()].slice(2), [
    'h_bucket{le="1"} 2',
    'h_bucket{le="2"} 3',
    'h_bucket{le="+Inf"} 4',
    'h_sum 12',
    'h_count 4',
  ])
})

test('the log tells the first refusal of a code, then one a minute with how many there were', async t => {
  const clock = new HandClock()
  const told: unknown[] = []
  const refusals = new RefusalLog('audit', clock, (level, text, facts) =>
    told.push([level, text, facts?.posts]),
  )
  const bad = receiptAnswer({
    accepted: 3,
    refused: [{ line: 1, code: 'ERR_EVENT_NOT_AN_EVENT', reason: 'not an event of this source' }],
    refusedCount: 1,
  })
  for (let count = 0; count < 5; count += 1) refusals.note(bad)
  refusals.note(faultAnswer(postFault('ERR_POST_TOKEN', 'no token')))
  refusals.note(faultAnswer(postFault('ERR_POST_STOPPING', 'stopping')))
  refusals.note(receiptAnswer({ accepted: 1, refused: [], refusedCount: 0 }))
  await clock.advance(60_000)
  refusals.note(bad)
  const event = 'refused of what was posted: not an event of this source'
  t.deepEqual(told, [
    ['warn', event, 1],
    ['warn', 'refused of what was posted: no token', 1],
    ['warn', event, 5],
  ])
})
