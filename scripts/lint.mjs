// `npm run lint`: formatting, lints, types, manifests and the published shape, each as one check. Tools that Rust
// users install themselves (cargo-deny, typos, cargo-shear) are skipped aloud when absent; CI installs them.
// It changes nothing: `npm run format` does.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { build } from './build.mjs'
import { installed, probe, root, run } from './command.mjs'
import { ensureRustComponent, prepare } from './toolchain.mjs'
import { close } from './totals.mjs'

const CHECKS = [
  { name: 'rustfmt', program: 'cargo', args: ['fmt', '--all', '--check'] },
  {
    name: 'clippy',
    program: 'cargo',
    args: ['clippy', '--workspace', '--all-targets', '--locked', '--', '-D', 'warnings'],
  },
  { name: 'biome', program: installed('biome'), args: ['ci', '.'] },
  { name: 'tsc', program: installed('tsc'), args: ['--noEmit', '-p', '.'] },
  { name: 'tsc page', program: installed('tsc'), args: ['--noEmit', '-p', 'page'] },
  { name: 'manifests', program: process.execPath, args: [join('scripts', 'manifests.mjs'), '--check'] },
  { name: 'publint', program: installed('publint'), args: ['--strict'] },
  {
    name: 'cargo-deny',
    program: 'cargo',
    args: ['deny', 'check'],
    optional: ['cargo', ['deny', '--version']],
  },
  { name: 'cargo-shear', program: 'cargo', args: ['shear'], optional: ['cargo', ['shear', '--version']] },
  { name: 'typos', program: 'typos', args: [], optional: ['typos', ['--version']] },
]

/** Runs every check, says how each ended, and returns the totals. */
export async function lint() {
  const totals = { passed: 0, failed: 0, skipped: 0 }
  for (const check of CHECKS) {
    const outcome = await judge(check)
    totals[outcome] += 1
    process.stdout.write(`${outcome.padEnd(7)} ${check.name}\n`)
  }
  return totals
}

async function judge({ program, args, optional }) {
  if (optional !== undefined && probe(...optional) === undefined) return 'skipped'
  return (await run(program, args)).code === 0 ? 'passed' : 'failed'
}

await prepare()
for (const [subcommand, component] of [
  ['fmt', 'rustfmt'],
  ['clippy', 'clippy'],
]) {
  if (await ensureRustComponent(subcommand, component)) continue
  process.stderr.write(`missing: cargo ${subcommand}\n  hint: run \`rustup component add ${component}\`\n`)
}
// publint looks at what would be published, so the bundle must be there.
if (!existsSync(join(root, 'dist', 'cli.js'))) await build()
close(await lint())
