// `npm run fuzz`: only the tests whose title says `fuzz`, in both languages, with their whole set (LANNER_SOAK=1).
// PROPTEST_CASES and the seeds that a failure prints are passed on as they are.

import { build } from './build.mjs'
import { test } from './test.mjs'
import { prepare } from './toolchain.mjs'
import { close } from './totals.mjs'

process.env.LANNER_SOAK = '1'
await prepare()
const code = await build()
if (code !== 0) process.exit(code)
close(await test({ filter: 'fuzz' }))
