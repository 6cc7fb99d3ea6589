// `lanner detect --as-container`: what traced system calls say of the container their step ran in.
// A line of a trace of our own; a process can't see its container, so without the flag it is the host. Started by ava.
import test from 'ava'
import { alertsOf, detectBench, rulesOf } from './detecting.ts'

const RULE = `
- rule: Shell in a container
  desc: A shell where the container is known
  condition: evt.type = execve and container.id != host and proc.name = sh
  output: shell (id=%container.id name=%container.name image=%container.image.repository:%container.image.tag)
  priority: NOTICE
- rule: Shell in a privileged container
  desc: The same, with all rights
  condition: evt.type = execve and container.privileged = true and proc.name = sh
  output: shell
  priority: CRITICAL
- rule: Shell on the host
  desc: A shell outside of any
  condition: evt.type = execve and container.id = host and proc.name = sh
  output: shell
  priority: INFO
`

const CALL = JSON.stringify({
  'evt.num': 1,
  'evt.time': '2026-03-02T08:16:40.870011000Z',
  'evt.type': 'execve',
  'evt.res': 'SUCCESS',
  'evt.rawres': 0,
  'evt.arg': {},
  'thread.tid': 7,
  'proc.name': 'sh',
  'proc.pid': 7,
  'proc.cmdline': 'sh -c true',
})

const ID = '0123456789abcdef'.repeat(4)

test('a step is on the host unless its container is named', async t => {
  const place = detectBench(t)
  const [rules, calls] = [place.write('calls.yaml', RULE), place.write('calls.jsonl', `${CALL}\n`)]
  const detect = (...words: string[]) =>
    place.detect('-r', rules, '--source', 'syscall', '--rule-matching', 'all', ...words, calls)
  t.deepEqual(rulesOf(await detect()), ['Shell on the host'])
  t.deepEqual(rulesOf(await detect('--as-container', 'build')), ['Shell in a container'])
  t.deepEqual(rulesOf(await detect('--as-container', 'build', '--as-privileged')), [
    'Shell in a container',
    'Shell in a privileged container',
  ])
  const [named] = alertsOf(await detect('--as-container', `${ID}=registry:5000/node:22`))
  t.deepEqual(named?.output_fields, {
    'container.id': '0123456789ab',
    'container.image.repository': 'registry:5000/node',
    'container.image.tag': '22',
    'container.name': '0123456789ab',
    'evt.time': named?.output_fields['evt.time'],
  })
})

test('a container that nothing would be made of is refused', async t => {
  const place = detectBench(t)
  const [rules, calls] = [place.write('calls.yaml', RULE), place.write('calls.jsonl', `${CALL}\n`)]
  for (const words of [['--as-privileged'], ['--as-container', '=image'], ['--as-container', '']]) {
    const { code, stderr } = await place.detect('-r', rules, '--source', 'syscall', ...words, calls)
    t.is(code, 2, stderr)
    t.regex(stderr, /--as-container/)
  }
  const audit = await place.detect('--source', 'k8s_audit', '--as-container', 'build', calls)
  t.is(audit.code, 2, audit.stderr)
  t.regex(audit.stderr, /source `syscall`/)
})
