// Rego here against OPA 1.13.1, by recorded answers (`node scripts/opa-answers.mjs`) and by the program itself where it is on PATH:
// every documented builtin with ordinary and odd arguments, and random modules. Started by ava.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { openNative } from '../../src/native/native.ts'
import { evaluateRego } from '../../src/policy/rego.ts'

/** A module with its input; `opa` is what `deny` holds, or that there is an error, seen before evaluation or in it. */
interface Recorded {
  readonly source: string
  readonly input: string
  readonly opa: 'error' | 'type error' | readonly string[]
}

const HERE = fileURLToPath(new URL('.', import.meta.url))
const RECORDED: readonly Recorded[] = JSON.parse(
  readFileSync(resolve(HERE, '../fixtures/opa-answers.json'), 'utf8'),
)

/** Builtins that answer otherwise, as `docs/rego.md` says: bytes that are no UTF-8, and the order of sets and objects. */
const OTHERWISE = ['base64.decode', 'base64url.decode', 'hex.decode', 'gt', 'gte', 'lt', 'lte']

/** Which builtin a module is about; the random ones are about none. */
function builtinOf({ source }: Recorded): string | undefined {
  return /^deny\[m\] \{ m := json\.marshal\(([\w.]+)\(/m.exec(source)?.[1]
}

async function ours({ source, input }: Recorded): Promise<'error' | readonly string[]> {
  const native = await openNative()
  const module = { name: 'recorded', source }
  const verdict = await evaluateRego(native, [module], Buffer.from(input), new native.Work())
  if (verdict.ok) return []
  return verdict.kind === 'error' ? 'error' : [...verdict.reasons].sort()
}

test('what OPA denies or can not evaluate never passes', async t => {
  const wrong: string[] = []
  for (const recorded of RECORDED) {
    if (recorded.opa === 'type error' || recorded.opa.length === 0) continue
    if ((await ours(recorded)).length === 0) wrong.push(JSON.stringify(recorded))
  }
  t.deepEqual(wrong, [])
})

test('every answer is OPA’s, an error, or of a builtin that is documented to differ', async t => {
  const wrong: string[] = []
  for (const recorded of RECORDED) {
    if (recorded.opa === 'type error' || OTHERWISE.includes(builtinOf(recorded) ?? '')) continue
    const answer = await ours(recorded)
    const same = JSON.stringify(answer) === JSON.stringify(recorded.opa)
    if (!same && answer !== 'error') wrong.push(`${JSON.stringify(answer)}: ${JSON.stringify(recorded)}`)
  }
  t.deepEqual(wrong, [])
})

test('the recorded answers are those of the OPA on PATH', t => {
  if (spawnSync('opa', ['version']).status !== 0) {
    t.log('skipped: no opa on PATH')
    t.pass()
    return
  }
  const script = resolve(HERE, '../../scripts/opa-answers.mjs')
  const { status, stdout } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' })
  t.is(status, 0, stdout)
})
