// `node scripts/opa-answers.mjs`: asks a real OPA 1.13.1 (`opa` on PATH) what small modules say and records it in
// `__test__/fixtures/opa-answers.json`; `--check` compares with what is recorded instead. The modules call every documented builtin
// with ordinary and odd arguments, and combine the language's parts at random; all of it comes from one seed.

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { root } from './command.mjs'
import { builtinCases, moduleCases } from './opa-cases.mjs'

const ANSWERS = join(root, '__test__', 'fixtures', 'opa-answers.json')

/** Runs `ask` with a function that answers `{ source, input }`, while an OPA listens on a socket of its own. */
async function withOpa(ask) {
  const folder = mkdtempSync(join(tmpdir(), 'lanner-opa-'))
  const socketPath = join(folder, 'socket')
  // As cilock embeds it: the syntax before 1.0 unless a module imports rego.v1. Nothing outside is contacted.
  const words = [
    'run',
    '--server',
    '--v0-compatible',
    '--skip-version-check',
    '--addr',
    `unix://${socketPath}`,
  ]
  const opa = spawn('opa', [...words, '--log-level', 'error'], { stdio: ['ignore', 'ignore', 'inherit'] })
  const failed = new Promise((_, refuse) => opa.on('error', refuse))
  try {
    await Promise.race([listening(socketPath), failed])
    return await ask(one => verdictOf(socketPath, one))
  } finally {
    opa.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function listening(socketPath) {
  for (let tried = 0; tried < 200; tried += 1) {
    try {
      await send(socketPath, 'GET', '/health', '')
      return
    } catch {
      await setTimeout(50)
    }
  }
  throw new Error('opa does not listen')
}

function send(socketPath, method, path, body) {
  return new Promise((answered, refuse) => {
    const outgoing = request({ socketPath, method, path, timeout: 20_000 }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', part => {
        text += part
      })
      response.on('end', () => answered({ status: response.statusCode, text }))
    })
    outgoing.on('error', refuse)
    outgoing.on('timeout', () => outgoing.destroy(new Error(`opa took too long over ${body}`)))
    outgoing.end(body)
  })
}

/** What `deny` holds, as text and in order; `error`, or `type error` for one that OPA sees before it evaluates anything. */
async function verdictOf(socketPath, { source, input }) {
  const put = await send(socketPath, 'PUT', '/v1/policies/t', source)
  if (put.status !== 200) return put.text.includes('"rego_type_error"') ? 'type error' : 'error'
  const path = '/v1/data/t/deny?strict-builtin-errors=true'
  const { status, text } = await send(socketPath, 'POST', path, `{"input":${input}}`)
  if (status !== 200) return 'error'
  const { result } = JSON.parse(text)
  return Array.isArray(result) ? result.map(String).sort() : 'error'
}

/** The documented builtins: the words in the table of `docs/rego.md`. */
function documented() {
  const text = readFileSync(join(root, 'docs', 'rego.md'), 'utf8')
  const table = text.split('| | available |')[1]?.split('\nNot available')[0] ?? ''
  return [...table.matchAll(/`([\w.]+)`/g)].map(([, name]) => name)
}

/** How OPA declares them: `[{ name, decl: { args, result } }]`. */
async function declared() {
  const opa = spawn('opa', ['capabilities', '--current'], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  for await (const part of opa.stdout) text += part
  return JSON.parse(text).builtins
}

const check = process.argv.includes('--check')
const names = documented()
const builtins = (await declared()).filter(({ name }) => names.includes(name))
const cases = check
  ? JSON.parse(readFileSync(ANSWERS, 'utf8'))
  : [...builtinCases(builtins), ...moduleCases()]
const answers = await withOpa(async ask => {
  const all = []
  for (const one of cases) all.push({ source: one.source, input: one.input, opa: await ask(one) })
  return all
})
if (check) {
  const stale = answers.filter(({ opa }, at) => JSON.stringify(opa) !== JSON.stringify(cases[at].opa))
  for (const one of stale) process.stdout.write(`${JSON.stringify(one)}\n`)
  process.stdout.write(`${answers.length} answers, ${stale.length} otherwise than recorded\n`)
  process.exitCode = stale.length === 0 ? 0 : 1
} else {
  const lines = answers.map(one => JSON.stringify(one))
  writeFileSync(ANSWERS, `[\n${lines.join(',\n')}\n]\n`)
  process.stdout.write(`${answers.length} answers on ${builtins.length} builtins and random modules\n`)
}
