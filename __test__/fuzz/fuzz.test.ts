// Hostile envelopes, policies and event proofs: valid ones mutated by a deterministic generator and verified in this process.
// A mutation may pass only where a second decoder reads the same signed bytes. A few hundred here; `npm run fuzz` tries them by the 100,000.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { toLannerError } from '../../src/native/failure.ts'
import { openNative } from '../../src/native/native.ts'
import { corpus } from '../cli/lanner.ts'
import { type Campaign, runSet, SEED, type SetName, targetsOf } from './campaign.ts'
import { decode, sameEnvelope } from './decoded.ts'
import { ownFiles } from './own-files.ts'
import { newTally, totals } from './tally.ts'

const MAX_RSS = 512 << 20

async function campaignFor(t: ExecutionContext, cases?: string): Promise<Campaign> {
  const folder = mkdtempSync(join(tmpdir(), 'lanner-fuzz-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return { native: await openNative(), folder, cases, tally: newTally() }
}

async function holds(t: ExecutionContext, set: SetName, count: number, cases?: string): Promise<void> {
  const campaign = await campaignFor(t, cases)
  await runSet(campaign, set, { from: 0, step: 1, count })
  const { tried, refused } = totals(campaign.tally)
  const peak = process.resourceUsage().maxRSS * 1024
  t.log(`seed ${SEED}: ${JSON.stringify(totals(campaign.tally))}, peak ${peak >> 20} MiB`)
  t.deepEqual(campaign.tally.broken, [])
  t.is(tried, count)
  t.true(refused > 0)
  t.true(peak < MAX_RSS, `${peak} bytes`)
}

test.serial(
  'no mutation of cilock’s envelopes or policies passes with other signed bytes, or crashes',
  async t => {
    const cases = corpus(t, 'golden', 'cases')
    if (cases !== undefined) await holds(t, 'recorded', 210, cases)
  },
)

test.serial('no mutation of our envelope or policy passes with other signed bytes, or crashes', async t => {
  await holds(t, 'own', 180)
})

test.serial(
  'no mutation of an event proof passes for another event, place or capture, or crashes',
  async t => {
    await holds(t, 'proof', 150)
  },
)

test.serial('hostile text signed by a trusted key is judged, and never a crash', async t => {
  await holds(t, 'signed', 120)
})

test('the second decoder sees every change of payload, type and signature, and none elsewhere', t => {
  const envelope = { payload: 'e30=', payloadType: 'p', signatures: [{ keyid: 'k', sig: 'AAAA' }] }
  const original = decode(Buffer.from(JSON.stringify(envelope)))
  const same = (text: string): boolean => sameEnvelope(Buffer.from(text), original)
  for (const text of [
    '{"x":{"payload":"AAAA"},"payload":"e3\\n0=","payloadType":"p","signatures":[null,{"sig":"AAAA"}]}',
    '{"payload":"AAAA","Payload":"e30=","payloadType":"p","\u017fignatures":[{"sig":"x","SIG":"AAAA"}]}',
  ]) {
    t.true(same(text), text)
  }
  for (const text of [
    '{"payload":"e31=","payloadType":"p","signatures":[]}',
    '{"payload":"AAAA","payloadType":"p","signatures":[{"sig":"AAAA"}]}',
    '{"payload":"e30=","payloadType":"q","signatures":[{"sig":"AAAA"}]}',
    '{"payload":"e30=","payloadType":"p","signatures":[{"sig":"AAAB"}]}',
    '{"payload":"e30=","payloadType":"p","signatures":[{"sig":"AAAA"}],"PAYLOAD":"AAAA"}',
  ]) {
    t.false(same(text), text)
  }
})

/** What `events verify` makes of a damaged proof. */
async function judgedProof(t: ExecutionContext, damage: (proof: string) => string): Promise<unknown> {
  const campaign = await campaignFor(t)
  const [target] = await targetsOf(campaign, 'proof', await ownFiles(campaign.native, campaign.folder))
  const subject = target?.subjects[0]
  if (target === undefined || subject === undefined) throw new Error('no target')
  const mutated = Buffer.from(damage(subject.bytes.toString('utf8')))
  writeFileSync(subject.file, mutated)
  return target.judge(subject, mutated)
}

for (const [what, damage] of Object.entries({
  'nested a million deep': (proof: string) => `{"x":${'['.repeat(1e6)}${']'.repeat(1e6)},${proof.slice(1)}`,
  'whose envelope is nested a million deep': (proof: string) =>
    proof.replace('"envelope":{', `"envelope":{"x":${'[{"a":'.repeat(1e6)}1${'}]'.repeat(1e6)},`),
  'with a member twice': (proof: string) => `{"index":2,${proof.slice(1)}`,
  'with a member of its envelope twice': (proof: string) =>
    proof.replace('"envelope":{', '"envelope":{"payload":"",'),
  'with a member in other letters': (proof: string) => `{"Index":2,${proof.slice(1)}`,
  'with a member nobody knows': (proof: string) => `{"note":"",${proof.slice(1)}`,
  'with a byte order mark': (proof: string) => `\ufeff${proof}`,
  'with text behind it': (proof: string) => `${proof}{}`,
})) {
  test(`a proof ${what} is refused, with a reason`, async t => {
    const code = await judgedProof(t, damage).then(String, thrown => toLannerError(thrown).code)
    t.regex(code, /^ERR_(?:PROOF|ENVELOPE)_/)
  })
}
