// The table of the bundle that holds `verify` alone. Started by ava.
import test from 'ava'
import { COMMANDS } from '../../src/commands/table.ts'
import { COMMANDS as ALONE, rowFor } from '../../src/commands/verify-table.ts'

test('the row of `verify` is the same in both tables', async t => {
  const row = COMMANDS.find(({ path }) => path.join(' ') === 'verify')
  t.is(ALONE.length, 1)
  t.is(rowFor(), ALONE[0])
  t.deepEqual({ ...ALONE[0], load: undefined }, { ...row, load: undefined } as never)
  t.is(await ALONE[0]?.load(), await row?.load())
})
