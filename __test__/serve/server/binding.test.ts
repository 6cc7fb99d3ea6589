// Where the server listens, in a sandbox that keeps things from it: the real process.
import test from 'ava'
import { lines, serveBench } from './serving.ts'

const NO_NETLINK = `import os from 'node:os'
os.networkInterfaces = () => { throw new Error('uv_interface_addresses returned EAFNOSUPPORT') }
`

test('every address is listened on where the machine’s interfaces can’t be looked up', async t => {
  const bench = serveBench(t)
  const preload = bench.write('no-netlink.mjs', NO_NETLINK)
  bench.write(
    'lanner.yaml',
    'listen: {falco: "0.0.0.0:0", audit: ":0"}\nauth: {token: known}\nqueue: {path: queue}\n',
  )
  const server = await bench.start([], { env: { NODE_OPTIONS: `--import=${preload}` } })
  const { port } = new URL(server.falco)
  const answer = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: { authorization: 'Bearer known' },
    body: lines(1, 1),
  })
  t.is(answer.status, 202)
  t.is(await server.end(), 0)
})
