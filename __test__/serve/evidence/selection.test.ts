// Chosen alerts as a signed envelope: what it proves, to whom, and what is refused. Started by ava.

import { randomUUID } from 'node:crypto'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { systemClock } from '../../../src/serve/clock.ts'
import { selectionEnvelope } from '../../../src/serve/evidence/selection.ts'
import { lanner, type Outcome, statementOf } from '../../cli/lanner.ts'
import { alertLine, type EvidencePlace, evidencePlace, Received, sealedChain } from './received.ts'

const LINES = Array.from({ length: 50 }, (_, number) => alertLine(number))

async function selected(
  t: ExecutionContext,
  choose: (ids: readonly string[]) => readonly string[],
): Promise<{ place: EvidencePlace; file: string; ids: readonly string[]; check(): Promise<Outcome> }> {
  const place = await evidencePlace(t)
  const { ids } = await sealedChain(place, LINES, 20)
  const file = join(place.root, 'selection.json')
  writeFileSync(file, await selectionEnvelope({ ...place, clock: systemClock }, choose(ids)))
  const check = (): Promise<Outcome> =>
    lanner(['events', 'verify', file, '-k', place.publicKeyFile, '--json'])
  return { place, file, ids, check }
}

interface SelectedAlert {
  readonly id: string
  readonly window: number
  readonly proof: { readonly event: string; readonly index: number }
}

// biome-ignore lint/suspicious/noExplicitAny: the selection, changed by tests in every way
const predicateIn = (file: string): any => statementOf(readFileSync(file, 'utf8')).predicate

test('chosen alerts are handed over as they were received, each proven under the window that holds it', async t => {
  const { place, file, ids, check } = await selected(
    t,
    all => [all[45], all[0], all[19], all[20]] as string[],
  )
  const { alerts, windows, absent } = predicateIn(file)
  t.deepEqual(
    alerts.map(({ id, window, proof }: SelectedAlert) => [id, window, proof.index, proof.event]),
    [45, 0, 19, 20].map(at => [ids[at], Math.floor(at / 20) + 1, at % 20, LINES[at]]),
  )
  t.deepEqual(
    windows.map(({ number, sha256 }: { number: number; sha256: string }) => ({ number, sha256 })),
    place.sealed.map(({ number, sha256 }) => ({ number, sha256 })),
  )
  t.deepEqual(absent, [])
  const { code, stdout, stderr } = await check()
  t.is(code, 0, stderr)
  t.like(JSON.parse(stdout.toString()), { included: true, alerts: 4, signature: 'valid' })
})

test('all alerts of all windows can be chosen, and an id that nobody received is named as absent', async t => {
  const stranger = randomUUID()
  const { file, ids, check } = await selected(t, all => [...all, stranger])
  const { alerts, absent } = predicateIn(file)
  t.deepEqual(
    alerts.map(({ id }: SelectedAlert) => id),
    [...ids],
  )
  t.deepEqual(absent, [stranger])
  t.is((await check()).code, 0)
})

test('an alert that is in no window yet is sealed first', async t => {
  const place = await evidencePlace(t)
  const queue = new Received()
  const sealer = place.sealer(queue)
  sealer.start()
  const [id = ''] = queue.post(alertLine(1))
  const flush = (): Promise<unknown> => sealer.flush()
  const bytes = await selectionEnvelope({ ...place, clock: systemClock, flush }, [id])
  const file = join(place.root, 'selection.json')
  writeFileSync(file, bytes)
  t.like(predicateIn(file), { alerts: [{ id, window: 1 }], absent: [] })
  await sealer.stop()
})

/** Changes to the signed selection, as whoever has the key could make them, and what refuses them. */
// biome-ignore lint/suspicious/noExplicitAny: the selection, changed in every way
const FORGERIES: Readonly<Record<string, readonly [code: string, change: (selection: any) => void]>> = {
  'another event': [
    'ERR_PROOF_PATH',
    ({ alerts }) => Object.assign(alerts[0].proof, { event: alertLine(7) }),
  ],
  'another place': ['ERR_PROOF_PATH', ({ alerts }) => Object.assign(alerts[0].proof, { index: 3 })],
  'another root': [
    'ERR_PROOF_ROOT',
    ({ alerts }) => Object.assign(alerts[0].proof.events_tree, { root: '0'.repeat(64) }),
  ],
  'another window': ['ERR_PROOF_ROOT', ({ alerts }) => Object.assign(alerts[0], { window: 1 })],
  'a window left out': ['ERR_SELECTION_WINDOW', ({ windows }) => windows.pop()],
  'a window renumbered': ['ERR_SELECTION_WINDOW', ({ windows }) => Object.assign(windows[0], { number: 9 })],
  'a window of somebody else': [
    'ERR_CHAIN_S',
    ({ windows }) => Object.assign(windows[0].envelope, { payload: 'e30=' }),
  ],
  'a further member': ['ERR_SELECTION_SHAPE', selection => Object.assign(selection, { note: 'x' })],
}

test('a selection that says anything its windows do not vouch for is refused, though it is signed', async t => {
  const place = await evidencePlace(t)
  const { ids } = await sealedChain(place, LINES, 20)
  const bytes = await selectionEnvelope({ ...place, clock: systemClock }, [ids[45] ?? '', ids[0] ?? ''])
  const file = join(place.root, 'selection.json')
  const { code } = await lanner(['events', 'verify', file, '-k', place.publicKeyFile])
  t.not(code, 0, 'nothing is there yet')
  for (const [what, [wanted, change]] of Object.entries(FORGERIES)) {
    const statement = statementOf(Buffer.from(bytes).toString())
    change(statement.predicate)
    const payload = Buffer.from(JSON.stringify(statement))
    writeFileSync(file, JSON.stringify(await signedAgain(place, payload)))
    const outcome = await lanner(['events', 'verify', file, '-k', place.publicKeyFile, '--json'])
    t.is(outcome.code, 1, what)
    t.true(outcome.stdout.toString().includes(wanted), `${what}: ${outcome.stdout}${outcome.stderr}`)
  }
})

test('a selection under another key, or with a byte changed, is refused; without a key it is wrong usage', async t => {
  const { place, file, check } = await selected(t, all => all.slice(0, 1))
  const other = await evidencePlace(t)
  t.is((await lanner(['events', 'verify', file, '-k', other.publicKeyFile])).code, 1)
  t.is((await lanner(['events', 'verify', file])).code, 2)
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace(/"sig":"./, '"sig":"/'))
  t.is((await check()).code, 1)
  t.truthy(place)
})

test('alerts whose window was changed since are not handed over', async t => {
  const place = await evidencePlace(t)
  const { ids } = await sealedChain(place, LINES, 20)
  appendFileSync(join(place.directory, 'window-00000002.jsonl'), `${alertLine(1)}\n`)
  const select = (at: number): Promise<Uint8Array> =>
    selectionEnvelope({ ...place, clock: systemClock }, [ids[at] ?? ''])
  await t.notThrowsAsync(select(0))
  await t.throwsAsync(select(25), { code: 'ERR_SELECTION_WINDOW' })
  await t.throwsAsync(selectionEnvelope({ ...place, clock: systemClock }, ['x']), {
    code: 'ERR_SELECTION_ID',
  })
})

async function signedAgain({ native, signer }: EvidencePlace, payload: Buffer): Promise<unknown> {
  const type = 'application/vnd.in-toto+json'
  const held = new native.Payload()
  held.pushBytes(payload)
  const { payloadPae } = await import('../../../src/envelope/payload.ts')
  const signature = await signer.sign(payloadPae(held, type, new native.Work()))
  const signatures = [{ keyid: signer.keyId, sig: signature.toString('base64') }]
  return { payload: payload.toString('base64'), payloadType: type, signatures }
}
