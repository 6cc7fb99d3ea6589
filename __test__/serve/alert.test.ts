// An accepted alert: what its line says, numbers by their digits wherever they stand.
import test from 'ava'
import { ExactNumber } from '../../src/policy/exact-json.ts'
import { AcceptedAlert } from '../../src/serve/alert.ts'

const contentOf = (fields: string): AcceptedAlert['content'] =>
  new AcceptedAlert('id', `{"rule":"r","time":"2026-01-02T03:04:15.123456789Z","output_fields":${fields}}`)
    .content

test('a number that a double would change keeps its text, in lists and behind blanks too', t => {
  for (const digits of ['1780051808717141556', '-12345678901234567', '1.50', '1e5', '1E+400', '0.10']) {
    for (const value of [digits, `[${digits}]`, `[1, ${digits}]`, `{"a" : ${digits}}`, `[[\n${digits}]]`]) {
      const { fields } = contentOf(`{"n" :${value}}`)
      t.true(
        JSON.stringify(fields, (_, each) => (each instanceof ExactNumber ? each.text : each)).includes(
          digits,
        ),
        value,
      )
    }
  }
})

test('a text that looks like numbers is a text', t => {
  const { fields, time } = contentOf('{"t":"a, 1.50 [1780051808717141556 :1e5","n":7}')
  t.deepEqual({ ...fields }, { t: 'a, 1.50 [1780051808717141556 :1e5', n: 7 })
  t.is(time, '2026-01-02T03:04:15.123456789Z')
})
