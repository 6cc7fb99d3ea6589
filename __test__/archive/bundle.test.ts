// Laws of bundles: what is packed comes out byte for byte, and a bundle with anything wrong is refused whole.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gunzipSync, gzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { loadBundle } from '../../src/archive/bundle-reader.ts'
import { writeBundle } from '../../src/archive/bundle-writer.ts'
import { writeTar } from '../../src/archive/tar.ts'
import { readEnvelope } from '../../src/envelope/reading.ts'
import { openNative } from '../../src/native/native.ts'
import { corpus } from '../cli/lanner.ts'
import { digest, envelope, file, folder } from './envelopes.ts'

const ORIGIN = {
  source: 'file',
  subjects: [digest('a')],
  createdAt: new Date('2026-01-02T03:04:05.678Z'),
} as const

async function pack(t: ExecutionContext, texts: readonly string[]): Promise<string> {
  const directory = folder(t)
  const native = await openNative()
  const target = join(directory, 'out.tar.gz')
  async function* envelopes() {
    for (const [index, text] of texts.entries()) {
      const path = file(directory, `${index}.json`, text)
      yield await readEnvelope(native, path, directory, new native.Work())
    }
  }
  await writeBundle(envelopes(), target, ORIGIN, directory)
  return target
}

async function tarOf(t: ExecutionContext, members: readonly (readonly [string, string])[]): Promise<string> {
  const bodies = members.map(([name, text]) => {
    const bytes = Buffer.from(text)
    return { name, size: bytes.length, body: Readable.from(bytes.length === 0 ? [] : [bytes]) }
  })
  const pieces = await Readable.from(writeTar(bodies, new Date(0))).toArray()
  return file(folder(t), 'b.tar.gz', gzipSync(Buffer.concat(pieces)))
}

const manifest = (more: object = {}): string =>
  JSON.stringify({ schemaVersion: 'https://aflock.ai/bundle/v0.1', ...more })

const refused = (t: ExecutionContext, bundle: string, message: RegExp) =>
  t.throwsAsync(loadBundle(bundle, folder(t)), { code: 'ERR_BUNDLE', message } as never)

test('what was packed comes out byte for byte, once each, in order', async t => {
  const [one, two] = [envelope({ step: 'one' }), envelope({ step: 'two' })]
  const { envelopes, manifest: listed } = await loadBundle(await pack(t, [one, two, one]), folder(t))
  t.deepEqual(
    envelopes.map(({ file: path }) => readFileSync(path, 'utf8')),
    [one, two],
  )
  t.is(listed.count, 2)
  t.deepEqual(listed.envelopes?.[0]?.signerKeyIDs, ['k1'])
})

test('a pretty-printed envelope becomes one line that says the same', async t => {
  const pretty = JSON.stringify(JSON.parse(envelope()), undefined, 2).replaceAll('\n', '\r\n')
  const { envelopes } = await loadBundle(await pack(t, [pretty]), folder(t))
  t.is(envelopes.length, 1)
  t.deepEqual(JSON.parse(readFileSync(envelopes[0]?.file ?? '', 'utf8')), JSON.parse(pretty))
})

test('the same envelopes make the same bundle, which the system tar reads', async t => {
  const [a, b] = [await pack(t, [envelope()]), await pack(t, [envelope()])]
  t.deepEqual(readFileSync(a), readFileSync(b))
  const listing = spawnSync('tar', ['tzf', a], { encoding: 'utf8' })
  t.is(listing.stdout, 'bundle.json\nattestations.jsonl\n')
})

test('a bundle of cilock is read', async t => {
  const bundle = corpus(t, 'golden/cases/617-bundle-pass/bundle.tar.gz')
  if (bundle === undefined) return
  const { envelopes } = await loadBundle(bundle, folder(t))
  t.deepEqual(
    envelopes.map(({ sha256 }) => sha256),
    ['9fd2df3268a7c5022a12c7de0c69e8ec7556615bc2262e445b7b190be48851d5'],
  )
})

test('a bundle cut anywhere is refused', async t => {
  const whole = readFileSync(await pack(t, [envelope()]))
  for (let length = 0; length < whole.length; length += 7) {
    await refused(t, file(folder(t), 'b', whole.subarray(0, length)), /./)
  }
})

test('a bundle with any one byte of its archive changed is refused, or is the same to every reader', async t => {
  const original = await pack(t, [envelope()])
  const tar = gunzipSync(readFileSync(original))
  const { envelopes } = await loadBundle(original, folder(t))
  let refusals = 0
  for (let at = 0; at < tar.length; at += 13) {
    const damaged = Buffer.from(tar)
    damaged[at] = (damaged[at] ?? 0) ^ 0x04
    const loaded = await loadBundle(file(folder(t), 'b', gzipSync(damaged)), folder(t)).catch(fault => {
      t.is(fault.code, 'ERR_BUNDLE')
      refusals += 1
    })
    if (loaded !== undefined) t.is(loaded.envelopes[0]?.sha256, envelopes[0]?.sha256)
  }
  t.true(refusals > 50)
})

test('an envelope that the manifest does not list, or a count that is off, is refused', async t => {
  const lines = `${envelope()}\n`
  const list = (sha256: string, count = 1) => manifest({ count, envelopes: [{ sha256 }] })
  await refused(
    t,
    await tarOf(t, [
      ['bundle.json', list(digest('0'))],
      ['attestations.jsonl', lines],
    ]),
    /does not list/,
  )
  await refused(
    t,
    await tarOf(t, [
      ['bundle.json', manifest({ count: 2 })],
      ['attestations.jsonl', lines],
    ]),
    /counts 2/,
  )
})

test('a manifest that lists nothing promises nothing', async t => {
  const bundle = await tarOf(t, [
    ['attestations.jsonl', `\n${envelope()}\r\n  \n`],
    ['bundle.json', manifest()],
  ])
  t.is((await loadBundle(bundle, folder(t))).envelopes.length, 1)
})

test('a member that is missing or there twice is refused', async t => {
  const lines = ['attestations.jsonl', ''] as const
  const head = ['bundle.json', manifest()] as const
  await refused(t, await tarOf(t, [lines]), /has no bundle.json/)
  await refused(t, await tarOf(t, [head]), /has no attestations.jsonl/)
  await refused(t, await tarOf(t, [head, lines, lines]), /twice/)
  await refused(t, await tarOf(t, [head, head, lines]), /twice/)
})

test('another type of bundle, and a manifest that is no JSON, are refused', async t => {
  const lines = ['attestations.jsonl', ''] as const
  await refused(
    t,
    await tarOf(t, [['bundle.json', '{"schemaVersion":"v9","note":"https://aflock.ai/bundle/v0.1"}'], lines]),
    /schemaVersion/,
  )
  await refused(t, await tarOf(t, [['bundle.json', '{'], lines]), /no JSON/)
})

test('a line beyond the limit is refused without being held', async t => {
  const bundle = await tarOf(t, [
    ['bundle.json', manifest()],
    ['attestations.jsonl', 'x'.repeat((32 << 20) + 1)],
  ])
  await refused(t, bundle, /line of more than/)
})

test('a bomb is refused at the limit', async t => {
  const { createGzip } = await import('node:zlib')
  const zeros = Buffer.alloc(1 << 20)
  async function* bomb() {
    const { Header } = await import('tar/header')
    const header = new Header({
      path: 'filler',
      mode: 0o644,
      size: 600 << 20,
      mtime: new Date(0),
      type: 'File',
    })
    header.encode()
    yield header.block
    for (let count = 0; count < 600; count += 1) yield zeros
  }
  const pieces = await Readable.from(bomb())
    .pipe(createGzip({ level: 1 }))
    .toArray()
  await refused(t, file(folder(t), 'b', Buffer.concat(pieces)), /unpacks to more/)
})

test('links and extended headers are refused: two readers could see two archives', async t => {
  const { Header } = await import('tar/header')
  for (const type of ['SymbolicLink', 'ExtendedHeader', 'NextFileHasLongPath'] as const) {
    const header = new Header({
      path: 'bundle.json',
      linkpath: 'x',
      mode: 0o644,
      size: 0,
      mtime: new Date(0),
      type,
    })
    header.encode()
    const bytes = gzipSync(Buffer.concat([header.block ?? Buffer.alloc(0), Buffer.alloc(1024)]))
    await refused(t, file(folder(t), 'b', bytes), /only plain files/)
  }
})

test('what stands after the end of the archive is refused', async t => {
  const tar = gunzipSync(readFileSync(await pack(t, [envelope()])))
  await refused(t, file(folder(t), 'b', gzipSync(Buffer.concat([tar, Buffer.from('more')]))), /after its end/)
})

test('a header that does not match its checksum is refused, even where only its time is off', async t => {
  const tar = gunzipSync(readFileSync(await pack(t, [envelope()])))
  // POSIX.1-1988: the modification time stands at byte 136 of a header.
  tar[136] = (tar[136] ?? 0) ^ 1
  await refused(t, file(folder(t), 'b', gzipSync(tar)), /damaged header/)
})
