// The quick reader of alerts, held against the addon, which decides what an alert is and what it is found by.

import test from 'ava'
import fc from 'fast-check'
import { openNative } from '../../../../src/native/native.ts'
import { AlertScanner } from '../../../../src/serve/store/redis/alert-scanner.ts'
import { fieldTerm, type StoreKey, wordTerm } from '../../../../src/serve/store/redis/term-hash.ts'
import type { TermListener } from '../../../../src/serve/store/redis/word-reader.ts'
import { alertLines } from './random-alerts.ts'

const KEY: StoreKey = [7, -11, 0x1234567, -0x7654321]

class Heard implements TermListener {
  terms = new Set<string>()
  texts: string[][] = []
  #text: string[] = []

  begin(): void {
    this.terms = new Set()
    this.texts = []
    this.#text = []
  }

  word(bytes: Buffer, start: number, end: number, low: number, high: number): void {
    this.terms.add(`${low} ${high}`)
    this.#text.push(bytes.toString('utf8', start, end).toLowerCase())
  }

  endText(): void {
    this.texts.push(this.#text)
    this.#text = []
  }

  field(_name: string, _value: () => string, low: number, high: number): void {
    this.terms.add(`${low} ${high}`)
  }
}

test('an alert is read as the addon reads it', async t => {
  const native = await openNative()
  const [scanner, heard] = [new AlertScanner(native, KEY), new Heard()]
  fc.assert(
    fc.property(alertLines(), line => {
      const terms = native.alertIndexTerms(Buffer.from(line))
      const head = scanner.scan(Buffer.from(line), heard)
      if (typeof terms === 'string') return void t.is(head, terms)
      if (typeof head === 'string') return void t.fail(`${head}: ${line}`)
      const { id, time, rule, source, hostname, namespace, tags } = terms
      t.like(head, { id, time, rule, source, hostname, namespace, tags })
      const expected = new Set<string>()
      for (const word of terms.words) {
        const { low, high } = wordTerm(KEY, Buffer.from(word))
        expected.add(`${low} ${high}`)
      }
      for (let at = 0; at + 1 < terms.fields.length; at += 2) {
        const pair = [terms.fields[at] ?? '', terms.fields[at + 1] ?? ''] as const
        const { low, high } = fieldTerm(KEY, Buffer.from(pair[0]), Buffer.from(pair[1]))
        expected.add(`${low} ${high}`)
      }
      t.deepEqual([...heard.terms].sort(), [...expected].sort(), line)
      const sorted = (texts: readonly (readonly string[])[]): string[] =>
        texts.map(text => text.join(' ')).sort()
      t.deepEqual(sorted(heard.texts), sorted(terms.texts), line)
    }),
    { numRuns: 1500 },
  )
})

test('what is no JSON, or is deeper or twice there, is what the addon says it is', async t => {
  const native = await openNative()
  const [scanner, heard] = [new AlertScanner(native, KEY), new Heard()]
  const usual = '"uuid":"0192d3a4-0000-4000-8000-0000000000ff","time":"2026-05-29T12:50:08.5Z"'
  for (const line of [
    ...[
      '',
      '{',
      '[]',
      'null',
      `{${usual}`,
      `{${usual},}`,
      `{${usual}} x`,
      `{${usual},"a":01}`,
      `{${usual},"a":+1}`,
    ],
    ...[
      `{${usual},"rule":"a\tb"}`,
      `{${usual},"rule":"\\x"}`,
      `{${usual},"rule":"\\ud800"}`,
      `{${usual},"rule":7}`,
    ],
    ...[
      `{${usual},"rule":"a","rule":"b"}`,
      `{${usual},"output_fields":{"a":{"b":["c"]}}}`,
      `{${usual},"tags":"x"}`,
    ],
    ...[
      `{${usual},"output_fields":{"a":[1,null,["x"]]}}`,
      `{${usual},"output_fields":{"a":[1,null,true,"x"]}}`,
    ],
    ...[
      `{${usual},"output_fields":[1]}`,
      `{${usual},"x":{"y":1}}`,
      `{${usual},"tags":["a",1,"b"]}`,
      '{"uuid":"x"}',
    ],
    ...[
      '{"uuid":"0192d3a4-0000-4000-8000-0000000000ff","time":"2026-02-30T00:00:00Z"}',
      `{ ${usual} , "a" : [ ] }`,
    ],
    ...['{"uuid":"0192D3A4-0000-4000-8000-0000000000FF","time":"2026-05-29T12:50:08.5+02:00"}'],
  ]) {
    const terms = native.alertIndexTerms(Buffer.from(line))
    const head = scanner.scan(Buffer.from(line), heard)
    if (typeof terms === 'string' || typeof head === 'string') t.is(head as unknown, terms as unknown, line)
    else t.is(heard.terms.size > 0 && head.time === terms.time && head.rule === terms.rule, true, line)
  }
  const bytes = Buffer.from(`{${usual},"rule":"x"}`)
  bytes[bytes.length - 3] = 0xff
  t.is(scanner.scan(bytes, heard), 'not UTF-8')
})
