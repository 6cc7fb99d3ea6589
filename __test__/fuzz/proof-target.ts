// The proof of one event as a target: what `lanner events verify -k` says of it, and whether a mutation says the same.
// Runs in this process. Used by the campaign.
import { Writable } from 'node:stream'
import { isDeepStrictEqual } from 'node:util'
import type { LannerContext } from '../../src/commands/context.ts'
import { EventsVerifyCommand } from '../../src/commands/events-verify.ts'
import { decode, sameEnvelope } from './decoded.ts'
import type { OwnFiles } from './own-files.ts'
import { subjectAt, type Target } from './verification-target.ts'

interface Proof {
  readonly line: number
  readonly envelope: unknown
}

/** The target of `own`'s proof, kept in `folder`. */
export async function proofTarget(folder: string, own: OwnFiles): Promise<Target> {
  const proof = subjectAt(folder, 'proof', 'proof.json', own.proof)
  const run = (): Promise<void> => provenBy(proof.file, own.publicKeyFile)
  await run()
  return {
    name: 'event proof',
    subjects: [proof],
    async judge({ bytes }, mutated) {
      await run()
      if (mutated === undefined || sameProof(mutated, bytes)) return 'without effect'
      return { passed: 'another proof' }
    },
  }
}

/** `events verify PROOF -k KEY`, without a process. Throws the refusal. */
async function provenBy(proof: string, key: string): Promise<void> {
  const command = new EventsVerifyCommand()
  const stdout = new Writable({ write: (_chunk, _encoding, done) => done() })
  Object.assign(command, { proof, envelope: undefined, key, json: 'true' })
  command.context = { stdout } as unknown as LannerContext
  const code = await command.execute()
  if (code !== 0) throw new Error(`it ended with ${code} and no failure`)
}

/** Equal in every member but `line`, which nobody signs, and the enclosed envelope, which must say the same. */
function sameProof(mutated: Buffer, original: Buffer): boolean {
  const { line: _, envelope, ...rest } = JSON.parse(mutated.toString('utf8')) as Proof
  const { line: __, envelope: enclosed, ...expected } = JSON.parse(original.toString('utf8')) as Proof
  const text = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
  return isDeepStrictEqual(rest, expected) && sameEnvelope(text(envelope), decode(text(enclosed)))
}
