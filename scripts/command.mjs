// Starts the programs the other scripts need, and says where the project is. It shows output as it comes and can
// keep a copy; it never judges an exit code. Used by every script here, with Node's own modules only, because
// `node_modules` may not exist yet.

import { spawn, spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout these scripts belong to. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** A program that `npm ci` put into the checkout. */
export function installed(name) {
  return join(root, 'node_modules', '.bin', name)
}

/**
 * Runs a program, passes its output through and returns its exit code with what it wrote.
 * 127 stands for a program that is not there, as in a shell; 128 + n for one that signal n ended.
 */
export function run(program, args, { cwd = root, env = process.env, quiet = false } = {}) {
  return new Promise(resolve => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const stdout = []
    const stderr = []
    child.stdout.on('data', bytes => {
      stdout.push(bytes)
      if (!quiet) process.stdout.write(bytes)
    })
    child.stderr.on('data', bytes => {
      stderr.push(bytes)
      if (!quiet) process.stderr.write(bytes)
    })
    const finish = code =>
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() })
    child.on('error', error => {
      stderr.push(Buffer.from(`${error.message}\n`))
      finish(127)
    })
    child.on('close', (code, signal) => finish(code ?? 128 + signalNumber(signal)))
  })
}

/** First line a program prints for `args`, or undefined when it is not there or refuses. */
export function probe(program, args) {
  const { status, stdout, error } = spawnSync(program, args, { cwd: root, encoding: 'utf8' })
  if (error !== undefined || status !== 0) return undefined
  return stdout.trim().split('\n')[0] ?? ''
}

function signalNumber(name) {
  // Only the ones that end a build in practice; any other is still an unsuccessful end.
  return { SIGHUP: 1, SIGINT: 2, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 }[name] ?? 0
}
