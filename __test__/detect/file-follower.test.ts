// Following a file that grows, is rotated away, truncated, or loses its name for a while. Started by ava.
import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { FileFollower, type FollowNote } from '../../src/detect/file-follower.ts'
import { LineSplitter } from '../../src/detect/line-splitter.ts'

/** A file that is followed, with what was read of it so far. */
interface Followed {
  readonly file: string
  readonly notes: FollowNote[]
  /** Resolves once everything read so far is `text`. */
  read(text: string): Promise<void>
  stop(): Promise<string>
}

function followed(t: ExecutionContext, content: string): Followed {
  const folder = mkdtempSync(join(tmpdir(), 'lanner-follow-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'audit.log')
  writeFileSync(file, content)
  const notes: FollowNote[] = []
  const follower = new FileFollower(file, note => notes.push(note))
  let all = ''
  let seen: () => void = () => undefined
  const done = (async () => {
    for await (const lines of follower.lines()) {
      all += lines.toString()
      seen()
    }
  })()
  const read = async (text: string): Promise<void> => {
    while (all !== text) {
      await new Promise<void>((next, fail) => {
        seen = next
        done.catch(fail)
        if (all === text) next()
      })
    }
  }
  const stop = async (): Promise<string> => {
    follower.stop()
    await done
    return all
  }
  return { file, notes, read, stop }
}

test('a file of many reads comes as it is, lines that begin in one read and end in another too', async t => {
  const lines = Array.from({ length: 40_000 }, (_, number) => `${number} ${'x'.repeat(number % 97)}\n`)
  const place = followed(t, lines.join(''))
  t.true(lines.join('').length > 2 << 20)
  t.is(await place.stop(), lines.join(''))
})

test('what is there is read, then whole lines as they are added', async t => {
  const log = followed(t, 'one\n')
  await log.read('one\n')
  appendFileSync(log.file, 'two\nthr')
  await log.read('one\ntwo\n')
  appendFileSync(log.file, 'ee\n')
  await log.read('one\ntwo\nthree\n')
  t.is(await log.stop(), 'one\ntwo\nthree\n')
})

test('a last line without its end is read when following stops', async t => {
  const log = followed(t, 'one\ntwo')
  await log.read('one\n')
  t.is(await log.stop(), 'one\ntwo')
})

test('a rotated file is read to its end before the new one', async t => {
  const log = followed(t, 'one\n')
  await log.read('one\n')
  appendFileSync(log.file, 'two\n')
  renameSync(log.file, `${log.file}.1`)
  writeFileSync(log.file, 'three\n')
  await log.read('one\ntwo\nthree\n')
  t.deepEqual(log.notes, ['rotated'])
  await log.stop()
})

test('a truncated file is read again from its beginning', async t => {
  const log = followed(t, 'one\ntwo\n')
  await log.read('one\ntwo\n')
  truncateSync(log.file)
  appendFileSync(log.file, 'x\n')
  await log.read('one\ntwo\nx\n')
  t.deepEqual(log.notes, ['truncated'])
  await log.stop()
})

test('a file that is not there is an error at once', async t => {
  const follower = new FileFollower(join(tmpdir(), 'lanner-no-such-file'))
  await t.throwsAsync(() => follower.lines().next(), { code: 'ERR_INPUT_READ' })
})

test('blocks of whole lines, however the pieces are cut, join to the input', t => {
  const input = 'a\nbb\n\nccc\nd'
  for (let cut = 0; cut <= input.length; cut += 1) {
    const lines = new LineSplitter()
    const blocks = [input.slice(0, cut), input.slice(cut)].flatMap(piece => lines.push(Buffer.from(piece)))
    for (const block of blocks) t.true(block.toString().endsWith('\n'))
    t.is(Buffer.concat([...blocks, ...lines.end()]).toString(), input)
  }
})
