// A reload takes over a whole configuration or nothing, and names what differs.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { readConfig } from '../../../src/serve/config/read-config.ts'
import { type ConfigChange, isUnchanged, reloadConfig } from '../../../src/serve/config/reload.ts'

const BASE = `listen: {falco: "127.0.0.1:0"}
store: {path: s}
auth: {token: one}
outputs:
  a: {type: file, path: /a}
  b: {type: file, path: /b}
routes:
  - {name: r, rules: x*, outputs: a}
`

async function changeTo(t: ExecutionContext, text: string): Promise<ConfigChange> {
  const folder = mkdtempSync(join(tmpdir(), 'lanner-reload-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'lanner.yaml')
  writeFileSync(file, BASE)
  const running = await readConfig(file)
  writeFileSync(file, text)
  return (await reloadConfig(running)).change
}

test('the same meaning written otherwise is no change', async t => {
  t.true(isUnchanged(await changeTo(t, BASE)))
  t.true(
    isUnchanged(await changeTo(t, `# words\n${BASE.replace('rules: x*', 'rules: [x*], priority: debug')}`)),
  )
})

test('changed parts are named, secrets compared without being shown', async t => {
  const token = await changeTo(t, BASE.replace('one', 'two'))
  t.deepEqual(token.changed, ['auth'])
  const routes = await changeTo(t, BASE.replace('x*', 'y*'))
  t.deepEqual([routes.changed, routes.fixed], [['routes'], []])
})

test('outputs are added, removed and changed by name', async t => {
  const { outputs, changed } = await changeTo(
    t,
    BASE.replace('b: {type: file, path: /b}', 'c: {type: file, path: /b}').replace(
      'path: /a',
      'path: /other',
    ),
  )
  t.deepEqual(changed, [])
  t.deepEqual(
    [outputs.added, outputs.removed, outputs.changed].map(list => list.map(({ name }) => name)),
    [['c'], ['b'], ['a']],
  )
})

test('what only a restart changes is told apart', async t => {
  const { fixed } = await changeTo(t, BASE.replace('path: s', 'path: other').replace(':0"', ':1"'))
  t.deepEqual(fixed, ['listen', 'store', 'queue'])
})

test('a broken file is refused whole', async t => {
  await t.throwsAsync(changeTo(t, BASE.replace('outputs: a}', 'outputs: zzz}')), {
    code: 'ERR_CONFIG_INVALID',
  })
  await t.throwsAsync(changeTo(t, ''), { code: 'ERR_CONFIG_INVALID' })
})
