// Runs the built command in a folder of its own and gathers what it did: the only way CLI tests start it.
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ExecutionContext } from 'ava'

/** The bundle; built by `npm run build` before the tests. */
export const CLI: string = resolve(fileURLToPath(new URL('../../dist/cli.js', import.meta.url)))

/** What a finished command left. */
export interface Outcome {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: Buffer
  readonly stderr: string
}

/** How to start it. */
export interface Start {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  readonly uid?: number
  readonly input?: string
}

/** Runs `lanner` with those words to its end. */
export async function lanner(words: readonly string[], start: Start = {}): Promise<Outcome> {
  return run(process.execPath, [CLI, ...words], start)
}

/** Runs any program to its end, its output kept. */
export function run(program: string, words: readonly string[], start: Start = {}): Promise<Outcome> {
  return new Promise((done, failed) => {
    const { input, ...options } = start
    const child = spawn(program, words, { ...options, env: { ...process.env, ...start.env } })
    const stdout: Buffer[] = []
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', failed)
    child.on('close', (code, signal) => done({ code, signal, stdout: Buffer.concat(stdout), stderr }))
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}

/** A folder for one test, removed afterwards, with a key pair `key.pem`, `key.pub.pem` beside the working tree `work/`. */
export interface Bench {
  readonly root: string
  readonly work: string
  readonly key: string
  readonly publicKey: string
  /** Runs `lanner` in the working tree. */
  lanner(words: readonly string[], start?: Start): Promise<Outcome>
  /** Runs `lanner run` with key and `att.json` beside the working tree. */
  step(words: readonly string[], start?: Start): Promise<Outcome>
  /** The words of `lanner run` as `step` begins them. */
  readonly run: readonly string[]
  /** The envelope that `step` wrote. */
  statement(): Statement
  readonly envelope: string
}

/** As much of a statement as tests look at. */
export interface Statement {
  readonly subject: { readonly name: string; readonly digest: Record<string, string> }[]
  readonly predicate: {
    readonly name: string
    // biome-ignore lint/suspicious/noExplicitAny: each attestation has its own shape, checked by the test that reads it
    readonly attestations: { readonly type: string; readonly attestation: any }[]
  }
}

/** Sets a bench up. */
export function bench(t: ExecutionContext): Bench {
  const root = mkdtempSync(join(tmpdir(), 'lanner-test-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  const work = join(root, 'work')
  mkdirSync(work)
  const key = join(root, 'key.pem')
  const publicKey = join(root, 'key.pub.pem')
  spawnSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', key])
  spawnSync('openssl', ['pkey', '-in', key, '-pubout', '-out', publicKey])
  const envelope = join(root, 'att.json')
  const start = (more: Start = {}): Start => ({ cwd: work, ...more })
  const run = ['run', '--step', 'test', '-k', key, '-o', envelope]
  return {
    root,
    work,
    key,
    publicKey,
    envelope,
    lanner: (words, more) => lanner(words, start(more)),
    run,
    step: (words, more) => lanner([...run, ...words], start(more)),
    statement: () => statementOf(readFileSync(envelope, 'utf8')),
  }
}

/** The decoded statement of an envelope. */
export function statementOf(envelope: string): Statement {
  const { payload } = JSON.parse(envelope) as { payload: string }
  return JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as Statement
}

/** The predicate of that attestor, as `falco` or `command-run`. */
// biome-ignore lint/suspicious/noExplicitAny: each attestation has its own shape, checked by the test that reads it
export function predicateOf(statement: Statement, name: string): any {
  return statement.predicate.attestations.find(({ type }) => type.includes(`/${name}/`))?.attestation
}

/** Puts an executable shell script on a PATH of its own; returns that PATH. */
export function programOnPath(directory: string, name: string, script: string): string {
  mkdirSync(directory, { recursive: true })
  const file = join(directory, name)
  writeFileSync(file, `#!/bin/sh\n${script}\n`)
  chmodSync(file, 0o755)
  return `${directory}${delimiter}${process.env.PATH ?? ''}`
}

/** The corpus folder, or `undefined` after noting that the test is skipped. */
export function corpus(t: ExecutionContext, ...path: string[]): string | undefined {
  const root = process.env.LANNER_CORPUS
  if (root === undefined || root === '') {
    t.log('skipped: no corpus')
    t.pass()
    return undefined
  }
  const file = join(root, ...path)
  if (!existsSync(file)) throw new Error(`the corpus has no ${path.join('/')}`)
  return file
}
