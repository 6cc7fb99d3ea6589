// Envelopes and a policy that verify, as a target: what `lanner verify` says of them, and whether a mutation says the same.
// Runs in this process, through the same plan the command makes. Used by the campaign for cilock's files and for ours.
import { createHash, type KeyObject } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { VerifyPlan } from '../../src/commands/verify-plan.ts'
import { runVerification } from '../../src/commands/verify-run.ts'
import { loadPublicKey } from '../../src/envelope/keys.ts'
import type { OpenedEnvelope } from '../../src/envelope/opening.ts'
import { keyVerifier } from '../../src/envelope/trust.ts'
import type { Native } from '../../src/native/native.ts'
import type { Seed } from '../../src/policy/seeds.ts'
import { decode, sameEnvelope } from './decoded.ts'
import type { Answer } from './tally.ts'

/** One valid file that mutations go to. */
export interface Subject {
  readonly role: 'policy' | 'envelope' | 'proof'
  readonly file: string
  readonly bytes: Buffer
}

/** Valid files, and the judge of what is put in the place of one of them. */
export interface Target {
  readonly name: string
  readonly subjects: readonly [Subject, ...Subject[]]
  /** Answers for the files as they lie there; `subject` is the one that was replaced, by `mutated` where that fits in memory. */
  judge(subject: Subject, mutated: Buffer | undefined): Promise<Answer>
}

/** What verification starts from. */
export interface Files {
  readonly policy: Buffer
  readonly envelopes: readonly Buffer[]
  readonly policyKey: KeyObject
  readonly seeds: readonly Seed[]
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** The target of `files`, kept in `folder`. */
export async function verificationTarget(
  native: Native,
  name: string,
  folder: string,
  files: Files,
): Promise<Target> {
  const policy = subjectAt(folder, 'policy', 'policy.json', files.policy)
  const envelopes = files.envelopes.map((bytes, at) =>
    subjectAt(folder, 'envelope', `envelope-${at}.json`, bytes),
  )
  const plan = planOf(policy, envelopes, files)
  const said = await verdictOf(native, plan)
  if (said === undefined) throw new Error(`${name}: the originals do not verify`)
  return {
    name,
    subjects: [policy, ...envelopes],
    async judge({ bytes }, mutated) {
      const says = await verdictOf(native, plan)
      if (says === undefined) return 'refused'
      if (says !== said) return { passed: `says ${says}` }
      if (mutated === undefined || sameEnvelope(mutated, decode(bytes))) return 'without effect'
      return { passed: 'with other signed bytes' }
    },
  }
}

/** Writes a valid file into `folder`. */
export function subjectAt(folder: string, role: Subject['role'], base: string, bytes: Buffer): Subject {
  const file = join(folder, base)
  writeFileSync(file, bytes)
  return { role, file, bytes }
}

/** What a recorded case of cilock's verifies, by its own words. */
export function recordedFiles(folder: string): Files {
  const { verify } = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8')) as {
    verify: { args: readonly string[] }
  }
  const named = (flag: string): string[] =>
    verify.args.flatMap((word, at) => (verify.args[at - 1] === flag ? [word] : []))
  const paths = (flag: string): string[] => named(flag).map(word => join(folder, word))
  return {
    policy: readFileSync(paths('-p')[0] ?? ''),
    envelopes: paths('-a').map(file => readFileSync(file)),
    policyKey: loadPublicKey(paths('-k')[0] ?? ''),
    seeds: [
      ...paths('-f').map(file => artifact(file, readFileSync(file))),
      ...named('-s').map(digest => ({ kind: 'digest', name: digest, digest }) as const),
    ],
  }
}

/** A file the evidence must speak of. */
export function artifact(name: string, bytes: Uint8Array): Seed {
  return { kind: 'artifact', name, digest: sha256(bytes) }
}

function planOf(policy: Subject, envelopes: readonly Subject[], { policyKey, seeds }: Files): VerifyPlan {
  const constraint = { commonname: '', dnsnames: [], emails: [], organizations: [], uris: [] }
  return {
    policyFile: policy.file,
    signers: {
      trust: { keys: [keyVerifier(policyKey)], authorities: [], timestampAuthorities: [] },
      constraint: { ...constraint, roots: ['*'], extensions: {} },
    },
    files: envelopes.map(({ file }) => file),
    bundles: [],
    archive: undefined,
    subjects: seeds,
    format: 'json',
    explain: false,
    hardening: 'enforce',
    replay: undefined,
    vsa: undefined,
  }
}

/** Everything a release gate relies on; `undefined` for a refusal. */
async function verdictOf(native: Native, plan: VerifyPlan): Promise<string | undefined> {
  const { verdict } = await runVerification(native, plan, new native.Work())
  if (verdict?.passed !== true) return undefined
  return JSON.stringify({
    steps: verdict.steps.map(({ name, candidates }) => [
      name,
      candidates.map(one => (one.passed ? [signedBy(one.evidence.envelope), one.keyIds] : [one.code])),
    ]),
    seeds: verdict.seeds,
  })
}

function signedBy({ payload, payloadType }: OpenedEnvelope): string {
  return `${payloadType} ${sha256(payload.read(0n, Number(payload.size)))}`
}
