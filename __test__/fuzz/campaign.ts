// The sets of mutations, and how one is tried: mutate, put in place, judge, count. Mutation n of a seed is the same wherever it runs.
// Starts no process; `worker.ts` runs a share of a set in one, the test a few of each. Used by both.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { IN_TOTO_PAYLOAD_TYPE } from '../../src/envelope/statement.ts'
import { toLannerError } from '../../src/native/failure.ts'
import type { Native } from '../../src/native/native.ts'
import { Dice } from './dice.ts'
import { mutate } from './mutations.ts'
import { type OwnFiles, ownFiles, POLICY_TYPE, signedText } from './own-files.ts'
import { proofTarget } from './proof-target.ts'
import { type Answer, enter, type Tally } from './tally.ts'
import { recordedFiles, type Target, verificationTarget } from './verification-target.ts'

/** LANNER_FUZZ_SEED repeats a run. */
export const SEED: number = Number(process.env.LANNER_FUZZ_SEED ?? 20_260_104)

/** What is mutated. */
export type SetName = 'recorded' | 'own' | 'proof' | 'signed'

/** Which mutations of a set are tried: every `step`th from `from` on, below `count`. */
export interface Share {
  readonly from: number
  readonly step: number
  readonly count: number
}

/** Mutations of different sets never have the same dice. */
const OFFSET: Readonly<Record<SetName, number>> = {
  recorded: 0,
  own: 1_000_000,
  proof: 2_000_000,
  signed: 3_000_000,
}

/** Cases cilock signed and passed: three algorithms, a policy on P-256, a certificate with timestamp, two linked steps, a file in a tree. */
const RECORDED = [
  '001-sig-ed25519',
  '002-sig-p256',
  '005-sig-rsa2048',
  '007-sig-policy-p256',
  '139-x509-intermediate-in-sig',
  '516-link-match-both',
  '565-subj-f-product-leaf',
] as const

/** What a run needs. */
export interface Campaign {
  readonly native: Native
  readonly folder: string
  /** Folder of cilock's recorded cases; without it the set `recorded` has no targets. */
  readonly cases: string | undefined
  readonly tally: Tally
  /** Told the number of each mutation before it is tried. */
  readonly before?: (at: number) => void
}

/** Tries a share of the mutations of one set. */
export async function runSet(campaign: Campaign, set: SetName, share: Share): Promise<void> {
  const { native, folder } = campaign
  const own = await ownFiles(native, folder)
  if (set === 'signed') return runSigned(campaign, own, share)
  const targets = await targetsOf(campaign, set, own)
  for (let at = share.from; at < share.count; at += share.step) {
    const target = targets[at % targets.length]
    if (target !== undefined) await tryOne(campaign, target, OFFSET[set] + at)
  }
}

/** The valid files of a set. */
export async function targetsOf(
  { native, folder, cases }: Campaign,
  set: Exclude<SetName, 'signed'>,
  own: OwnFiles,
): Promise<Target[]> {
  if (set === 'proof') return [await proofTarget(folder, own)]
  if (set === 'own') return [await verificationTarget(native, 'our files', folder, own.files)]
  const targets: Target[] = []
  for (const name of cases === undefined ? [] : RECORDED) {
    const place = join(folder, name)
    mkdirSync(place)
    targets.push(await verificationTarget(native, name, place, recordedFiles(join(cases ?? '', name))))
  }
  return targets
}

async function tryOne({ tally, before }: Campaign, target: Target, at: number): Promise<void> {
  before?.(at)
  const dice = new Dice(SEED + at)
  const subject = dice.pick(target.subjects)
  const others = target.subjects.filter(one => one !== subject)
  const { kind, mutated } = mutate(
    dice,
    subject.bytes,
    others[dice.below(others.length)]?.bytes ?? subject.bytes,
  )
  writeFileSync(subject.file, mutated)
  const answer = await answerOf(() => target.judge(subject, mutated))
  writeFileSync(subject.file, subject.bytes)
  const text = mutated.subarray(0, 300).toString('latin1')
  enter(tally, `${subject.role}: ${kind}`, answer, `${target.name}, seed ${SEED}, mutation ${at}: ${text}`)
}

/** Mutated text under a true signature: no forgery, so any answer will do, but it must be one. */
async function runSigned(
  { native, folder, tally, before }: Campaign,
  own: OwnFiles,
  share: Share,
): Promise<void> {
  const target = await verificationTarget(native, 'signed text', folder, own.files)
  for (let at = OFFSET.signed + share.from; at < OFFSET.signed + share.count; at += share.step) {
    before?.(at)
    const dice = new Dice(SEED + at)
    const [policy, envelope] = target.subjects
    const aimed = dice.below(2) === 0
    const { kind, mutated } = aimed
      ? mutate(dice, own.statement, own.policyText)
      : mutate(dice, own.policyText, own.statement)
    const subject = aimed && envelope !== undefined ? envelope : policy
    const answer = await answerOf(async () => {
      if (aimed) await signedText(native, subject.file, mutated, IN_TOTO_PAYLOAD_TYPE, own.step)
      else await signedText(native, subject.file, mutated, POLICY_TYPE, own.policySigner)
      return (await target.judge(subject, undefined)) === 'refused' ? 'refused' : 'judged'
    })
    writeFileSync(subject.file, subject.bytes)
    enter(tally, `signed ${subject.role}: ${kind}`, answer, `seed ${SEED}, mutation ${at}`)
  }
}

/** What the judge says; a stated failure is a refusal, everything unforeseen a crash. */
export async function answerOf(judge: () => Promise<Answer>): Promise<Answer | { readonly crashed: string }> {
  try {
    return await judge()
  } catch (thrown) {
    if (toLannerError(thrown).exit !== 70) return 'refused'
    return { crashed: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) }
  }
}
