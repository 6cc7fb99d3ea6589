// Laws of the client: what is stored is what was read, what is fetched is what was asked for, and faults end in a stated failure.
import { readdirSync, readFileSync } from 'node:fs'
import test from 'ava'
import { uploadEnvelope } from '../../src/archive/upload.ts'
import { client, envelope, file, folder } from './envelopes.ts'
import { gitoid, standIn } from './stand-in.ts'

test('an envelope that was put comes back byte for byte', async t => {
  const server = await standIn(t)
  const { archive } = client(server)
  const path = file(folder(t), 'att.json', `${envelope()}\n`)
  const { gitoid: id, known } = await archive.upload(path)
  t.is(id, gitoid(readFileSync(path)))
  t.false(known)
  t.deepEqual(readFileSync(await archive.download(id, folder(t))), readFileSync(path))
})

test('a duplicate, which the server answers by 500, counts as stored', async t => {
  const server = await standIn(t)
  const { archive, pauses } = client(server)
  const path = file(folder(t), 'att.json', envelope())
  await archive.upload(path)
  t.true((await archive.upload(path)).known)
  t.deepEqual(pauses, [])
})

test('an envelope that the index refuses is no success although its bytes are kept', async t => {
  const server = await standIn(t)
  const { archive, pauses } = client(server)
  const path = file(folder(t), 'att.json', envelope({ subjectName: '' }))
  const fault = await t.throwsAsync(archive.upload(path))
  t.like(fault, { code: 'ERR_ARCHIVE_STATUS', facts: { status: 500 } })
  t.regex(String(Reflect.get(fault, 'hint')), /no search will find/)
  t.is(server.stored.size, 1)
  t.deepEqual(pauses, [500, 1000, 2000])
})

test('an upload cut before, in the middle of or after storing succeeds in the end, stored once', async t => {
  for (const when of ['before', 'stored', 'answering'] as const) {
    const server = await standIn(t)
    server.faults.push({ kind: 'cut', when })
    const { archive, pauses } = client(server)
    await archive.upload(file(folder(t), 'att.json', envelope({ step: when })))
    t.is(server.index.size, 1, when)
    t.deepEqual(pauses, [500], when)
  }
})

test('attempts are bounded and the hint of a failed upload is the command that repeats it', async t => {
  const server = await standIn(t)
  for (let count = 0; count < 20; count += 1) server.faults.push({ kind: 'status', status: 503 })
  const { archive, pauses } = client(server)
  const path = file(folder(t), 'att.json', envelope())
  const fault = await t.throwsAsync(uploadEnvelope(archive, path))
  t.like(fault, { code: 'ERR_ARCHIVE_STATUS', exit: 3 })
  t.true(
    String(Reflect.get(fault, 'hint')).includes(
      `lanner archive put ${path} --archivista-server ${server.url}`,
    ),
  )
  t.deepEqual(pauses, [500, 1000, 2000])
  t.is(server.log.length, 4)
})

test('nobody at the other end is a connection fault, retried', async t => {
  const { archive, pauses } = client({ ...(await standIn(t)), url: 'http://127.0.0.1:1' })
  await t.throwsAsync(archive.upload(file(folder(t), 'att.json', envelope())), {
    code: 'ERR_ARCHIVE_CONNECTION',
  })
  t.is(pauses.length, 3)
})

test('other bytes than asked for are refused at once and nothing of them is left', async t => {
  const server = await standIn(t)
  const { archive, pauses } = client(server)
  const { gitoid: id } = await archive.upload(file(folder(t), 'att.json', envelope()))
  server.faults.push({ kind: 'tamper' })
  const directory = folder(t)
  const fault = await t.throwsAsync(archive.download(id, directory))
  t.like(fault, { code: 'ERR_ARCHIVE_GITOID', exit: 1 })
  t.deepEqual(readdirSync(directory), [])
  t.deepEqual(pauses, [])
})

test('a download cut in the middle is started again', async t => {
  const server = await standIn(t)
  const { archive, pauses } = client(server)
  const path = file(folder(t), 'att.json', envelope())
  const { gitoid: id } = await archive.upload(path)
  server.faults.push({ kind: 'cut', when: 'answering' })
  t.deepEqual(readFileSync(await archive.download(id, folder(t))), readFileSync(path))
  t.deepEqual(pauses, [500])
})

test('a gitoid the server does not have, answered by 500, is explained', async t => {
  const { archive } = client(await standIn(t))
  const fault = await t.throwsAsync(archive.download('0'.repeat(64), folder(t)))
  t.like(fault, { code: 'ERR_ARCHIVE_STATUS' })
  t.regex(String(Reflect.get(fault, 'hint')), /does not have/)
})

test('an upload that claims another gitoid is refused', async t => {
  const server = await standIn(t)
  server.faults.push({ kind: 'tamper' })
  const { archive } = client(server)
  await t.throwsAsync(archive.upload(file(folder(t), 'att.json', envelope())), {
    code: 'ERR_ARCHIVE_GITOID',
  } as never)
})

test('a redirect within the origin is followed, one that leaves it is refused', async t => {
  const server = await standIn(t)
  const other = await standIn(t)
  const { archive } = client(server)
  const path = file(folder(t), 'att.json', envelope())
  server.faults.push({ kind: 'status', status: 307, location: '/v1/upload' })
  const { gitoid: id } = await archive.upload(path)
  server.faults.push({ kind: 'status', status: 302, location: `${other.url}/download/${id}` })
  await t.throwsAsync(archive.download(id, folder(t)), { code: 'ERR_ARCHIVE_REDIRECT' } as never)
  t.deepEqual(other.log, [])
})

test('a redirect that would turn an upload into a read, or goes in circles, is refused', async t => {
  const server = await standIn(t)
  const { archive } = client(server)
  server.faults.push({ kind: 'status', status: 302, location: '/upload' })
  const path = file(folder(t), 'att.json', envelope())
  await t.throwsAsync(archive.upload(path), { code: 'ERR_ARCHIVE_REDIRECT' } as never)
  for (let count = 0; count < 9; count += 1)
    server.faults.push({ kind: 'status', status: 307, location: '/upload' })
  await t.throwsAsync(archive.upload(path), { code: 'ERR_ARCHIVE_REDIRECT' } as never)
  t.is(server.stored.size, 0)
})

test('a denied request is not repeated, and the words of the server can not move the cursor', async t => {
  for (const status of [401, 403]) {
    const server = await standIn(t)
    server.faults.push({ kind: 'status', status })
    const { archive } = client(server)
    const fault = await t.throwsAsync(archive.upload(file(folder(t), 'att.json', envelope())))
    t.like(fault, { code: 'ERR_ARCHIVE_DENIED' })
    t.true(fault.message.includes('as told'))
    t.false(fault.message.includes('\u001b'))
    t.is(server.log.length, 1)
  }
})

test('a body beyond the limit is neither sent nor taken', async t => {
  const server = await standIn(t)
  const path = file(folder(t), 'att.json', envelope())
  await t.throwsAsync(client(server, { bytes: 10 }).archive.upload(path), {
    code: 'ERR_ARCHIVE_TOO_LARGE',
  } as never)
  t.deepEqual(server.log, [])
  const { gitoid: id } = await client(server).archive.upload(path)
  const directory = folder(t)
  await t.throwsAsync(client(server, { bytes: 10 }).archive.download(id, directory), {
    code: 'ERR_ARCHIVE_TOO_LARGE',
  } as never)
  t.deepEqual(readdirSync(directory), [])
})

test('a server that never answers is given up after the time limit', async t => {
  const server = await standIn(t)
  for (let count = 0; count < 4; count += 1) server.faults.push({ kind: 'silence' })
  const { archive, pauses } = client(server, { milliseconds: 30 })
  await t.throwsAsync(archive.download('0'.repeat(64), folder(t)), { code: 'ERR_ARCHIVE_TIMEOUT' } as never)
  t.is(pauses.length, 3)
})

test('a server that answers before it has read a large body is understood', async t => {
  const server = await standIn(t)
  server.faults.push({ kind: 'status', status: 403 })
  const { archive } = client(server)
  await t.throwsAsync(archive.upload(file(folder(t), 'att.json', Buffer.alloc(30 << 20))), {
    code: 'ERR_ARCHIVE_DENIED',
  } as never)
})

test('a folder, and a file that is not there, are faults of the file and nothing is sent', async t => {
  const server = await standIn(t)
  const { archive } = client(server)
  await t.throwsAsync(archive.upload(folder(t)), { code: 'ERR_ARCHIVE_FILE' } as never)
  await t.throwsAsync(archive.upload(`${folder(t)}/none`), { code: 'ERR_ARCHIVE_FILE' } as never)
  t.deepEqual(server.log, [])
})
