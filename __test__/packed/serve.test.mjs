// The server on an installed package: what it loads late, and the files that are shipped beside the bundle, are all there.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { root } from '../../scripts/command.mjs'
import { installed } from './installation.mjs'

test('the demo of an installed package takes alerts and audit events, and has its page', async t => {
  const { folder, tools } = installed(t)
  const child = spawn(join(folder, 'node_modules', '.bin', 'lanner'), ['serve', 'demo', '--open', 'false'], {
    cwd: folder,
    env: { PATH: tools, HOME: folder, TMPDIR: folder, LANG: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const told = []
  for await (const line of createInterface({ input: child.stdout })) {
    told.push(line)
    if (line.startsWith('Ctrl-C')) break
  }
  const address = what => /http:\/\/[\d.:]+/.exec(told.find(line => line.startsWith(what)) ?? '')?.[0]
  const audit = await fetch(`${address('Audit')}/k8s-audit`, {
    method: 'POST',
    body: readFileSync(join(root, 'examples/detect/audit.log')),
  })
  assert.equal(audit.status, 202, await audit.text())
  const page = await fetch(`${address('The page')}/`)
  assert.match(await page.text(), /<title>/)
  child.kill('SIGINT')
  assert.deepEqual(await once(child, 'exit'), [0, null])
})
