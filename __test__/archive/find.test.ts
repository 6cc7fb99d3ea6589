// Laws of finding: by subject always, by step and type also where the server has no rows, and through back-refs up to a depth.
import { readdirSync } from 'node:fs'
import test from 'ava'
import { crawl } from '../../src/archive/crawl.ts'
import { findEnvelopes } from '../../src/archive/find.ts'
import { search } from '../../src/archive/search.ts'
import { summarise } from '../../src/archive/summary.ts'
import { type ReadEnvelope, readEnvelope } from '../../src/envelope/reading.ts'
import { openNative } from '../../src/native/native.ts'
import { client, digest, envelope, FALCO, file, folder, type Sketch, WITNESS } from './envelopes.ts'
import { type StandIn, standIn } from './stand-in.ts'

async function put(
  t: Parameters<typeof folder>[0],
  server: StandIn,
  sketch: Sketch | string,
): Promise<string> {
  const text = typeof sketch === 'string' ? sketch : envelope(sketch)
  return (await client(server).archive.upload(file(folder(t), 'att.json', text))).gitoid
}

const reader =
  (directory: string) =>
  async (path: string): Promise<ReadEnvelope> => {
    const native = await openNative()
    return readEnvelope(native, path, directory, new native.Work())
  }

test('a step is found in collections that the index has rows for and in those it has none for', async t => {
  const server = await standIn(t)
  const ours = await put(t, server, { step: 'build' })
  const theirs = await put(t, server, { step: 'build', predicateType: WITNESS })
  await put(t, server, { step: 'test' })
  await put(t, server, { step: 'test', predicateType: WITNESS })
  const directory = folder(t)
  const query = { subjects: [], step: 'build', types: [] }
  const found = await findEnvelopes(client(server).archive, query, 100, directory, reader(directory))
  t.deepEqual(found.map(({ gitoid }) => gitoid).sort(), [ours, theirs].sort())
})

test('a type is found under either of its spellings', async t => {
  const server = await standIn(t)
  const type = 'https://witness.dev/attestations/git/v0.1'
  const id = await put(t, server, { types: [type] })
  await put(t, server, { types: [FALCO] })
  const directory = folder(t)
  const query = { subjects: [], step: undefined, types: ['https://aflock.ai/attestations/git/v0.1'] }
  const found = await findEnvelopes(client(server).archive, query, 100, directory, reader(directory))
  t.deepEqual(
    found.map(({ gitoid }) => gitoid),
    [id],
  )
})

test('every page of a long answer is read, and more than the limit is refused', async t => {
  const server = await standIn(t)
  for (let count = 0; count < 250; count += 1) {
    server.index.set(String(count).padStart(64, '0'), {
      predicate: 'p',
      digests: [digest('a')],
      collection: undefined,
    })
  }
  const { archive } = client(server)
  t.is((await search(archive, { subjects: [digest('a')] }, 250)).length, 250)
  await t.throwsAsync(search(archive, { subjects: [digest('a')] }, 249), {
    code: 'ERR_ARCHIVE_TOO_MANY',
  } as never)
})

test('the answer of a server that refuses the search is an error, not an empty list', async t => {
  const server = await standIn(t)
  await t.throwsAsync(client(server).archive.query('query { nothing }', {}, (await import('zod')).any()), {
    code: 'ERR_ARCHIVE_QUERY',
  } as never)
})

test('back-refs are followed to the depth and no further, in circles once', async t => {
  const server = await standIn(t)
  await put(t, server, { step: '1', subject: digest('a'), backRef: digest('b') })
  await put(t, server, { step: '2', subject: digest('b'), backRef: digest('c') })
  await put(t, server, { step: '3', subject: digest('c'), backRef: digest('a') })
  const steps = async (depth: number): Promise<(string | undefined)[]> => {
    const directory = folder(t)
    const found = crawl(
      client(server).archive,
      [digest('a')],
      directory,
      { depth, envelopes: 9 },
      async path => {
        const summary = summarise(await reader(directory)(path))
        return { result: summary.step, backRefs: summary.backRefs }
      },
    )
    const results = []
    for await (const { result } of found) results.push(result)
    return results
  }
  t.deepEqual(await steps(1), ['1'])
  t.deepEqual(await steps(2), ['1', '2'])
  t.deepEqual(await steps(9), ['1', '2', '3'])
})

test("a stranger's rubbish about an artifact does not hide the evidence about it", async t => {
  const server = await standIn(t)
  const good = await put(t, server, {})
  const rubbish = Buffer.from('{"payload":')
  const { gitoid } = await import('./stand-in.ts')
  server.stored.set(gitoid(rubbish), rubbish)
  server.index.set(gitoid(rubbish), { predicate: 'p', digests: [digest('a')], collection: undefined })
  const directory = folder(t)
  const found = crawl(
    client(server).archive,
    [digest('a')],
    directory,
    { depth: 3, envelopes: 9 },
    async path => ({
      result: await reader(directory)(path),
      backRefs: [],
    }),
  )
  const ids = []
  for await (const { gitoid: id } of found) ids.push(id)
  t.deepEqual(ids, [good])
  t.deepEqual(readdirSync(directory).length, 1)
})

test('an envelope too large to be fetched does not hide the others', async t => {
  const server = await standIn(t)
  const good = await put(t, server, {})
  await put(t, server, { step: 'x'.repeat(4000) })
  const directory = folder(t)
  const { archive } = client(server, { bytes: 3000 })
  const found = crawl(archive, [digest('a')], directory, { depth: 1, envelopes: 9 }, async path => ({
    result: await reader(directory)(path),
    backRefs: [],
  }))
  const ids = []
  for await (const { gitoid } of found) ids.push(gitoid)
  t.deepEqual(ids, [good])
})

test('evidence that the server lost, or sends altered, is a failure and not an absence', async t => {
  const server = await standIn(t)
  const id = await put(t, server, {})
  const crawling = async () => {
    const directory = folder(t)
    const open = async (path: string) => ({ result: path, backRefs: [] })
    for await (const _ of crawl(
      client(server).archive,
      [digest('a')],
      directory,
      { depth: 1, envelopes: 9 },
      open,
    ));
  }
  server.stored.set(id, Buffer.from('{}'))
  await t.throwsAsync(crawling(), { code: 'ERR_ARCHIVE_GITOID' } as never)
  server.stored.delete(id)
  await t.throwsAsync(crawling(), { code: 'ERR_ARCHIVE_STATUS' } as never)
})
