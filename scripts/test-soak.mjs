// `npm run test:soak`: every test with LANNER_SOAK=1, which asks the long ones (fuzzing, repeated kills, big files)
// for their whole set instead of the small fixed one that `npm test` runs. Ends with the same closing line.

import { build } from './build.mjs'
import { testPacked } from './packed.mjs'
import { test } from './test.mjs'
import { prepare } from './toolchain.mjs'
import { close, sum } from './totals.mjs'

process.env.LANNER_SOAK = '1'
await prepare()
const code = await build()
if (code !== 0) process.exit(code)
close(sum([await test(), await testPacked()]))
