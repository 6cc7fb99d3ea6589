// `npm run test:packed`: builds, packs and tests what npm would install, offline and without Rust on PATH. With
// `--tarballs DIR` it tests those and builds nothing, which the release workflow does in other systems' containers.

import { parseArgs } from 'node:util'
import { build } from './build.mjs'
import { testPacked } from './packed.mjs'
import { prepare } from './toolchain.mjs'
import { close } from './totals.mjs'

const { values } = parseArgs({
  options: { tarballs: { type: 'string' }, 'no-build': { type: 'boolean' } },
})
if (values.tarballs === undefined) {
  await prepare()
  const code = values['no-build'] === true ? 0 : await build()
  if (code !== 0) process.exit(code)
}
close(await testPacked(values))
