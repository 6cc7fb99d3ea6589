// Strings, numbers and blanks of a gigabyte in every place of an envelope, a policy and a proof, written to disk piece by piece.
// Only the long run tries them: each costs a gigabyte of disk and about a second. Used by `worker.ts`.
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { answerOf, type Campaign, type Share, targetsOf } from './campaign.ts'
import { ownFiles } from './own-files.ts'
import { enter } from './tally.ts'
import type { Subject, Target } from './verification-target.ts'

const GIGABYTE = 1 << 30

/** A text with a hole that is filled up to a gigabyte. */
interface Hole {
  readonly kind: string
  readonly head: string
  readonly filler: string
  readonly tail: string
  /** Nothing that is signed or read changes. */
  readonly harmless?: true
}

/** Tries a share of all places. */
export async function runGigabytes(campaign: Campaign, share: Share): Promise<void> {
  const { native, folder, tally, before } = campaign
  const own = await ownFiles(native, folder)
  const targets = [...(await targetsOf(campaign, 'own', own)), ...(await targetsOf(campaign, 'proof', own))]
  const tries = targets.flatMap(target =>
    target.subjects.flatMap(subject => holesOf(subject).map(hole => ({ target, subject, hole }))),
  )
  for (let at = share.from; at < Math.min(share.count, tries.length); at += share.step) {
    const one = tries[at]
    if (one === undefined) continue
    before?.(at)
    const answer = await tryHole(one.target, one.subject, one.hole)
    enter(tally, `${one.subject.role}: gigabyte`, answer, one.hole.kind)
  }
}

async function tryHole(target: Target, subject: Subject, hole: Hole): ReturnType<typeof answerOf> {
  fill(subject.file, hole)
  const answer = await answerOf(() => target.judge(subject, undefined))
  writeFileSync(subject.file, subject.bytes)
  return answer === 'without effect' && hole.harmless !== true
    ? { passed: 'the original passed for it' }
    : answer
}

function holesOf({ role, bytes }: Subject): Hole[] {
  const text = bytes.toString('utf8')
  const common: Hole[] = [
    { kind: 'blanks before', head: '', filler: ' ', tail: text, harmless: true },
    { kind: 'blanks behind', head: text, filler: '\n', tail: '', harmless: true },
    { kind: 'rubbish behind', head: text, filler: 'x', tail: '' },
    { kind: 'other value', head: `${text.slice(0, -1)},"x":"`, filler: 'A', tail: '"}', harmless: true },
    { kind: 'other key', head: `${text.slice(0, -1)},"`, filler: 'k', tail: '":1}', harmless: true },
    { kind: 'other number', head: `${text.slice(0, -1)},"x":1`, filler: '0', tail: '}', harmless: true },
    { kind: 'escapes', head: `${text.slice(0, -1)},"x":"`, filler: '\\u0041', tail: '"}', harmless: true },
  ]
  const members =
    role === 'proof'
      ? ['event', 'type', 'leaf_hash', 'root', 'path', 'payload', 'sig']
      : ['payload', 'payloadType', 'keyid', 'sig']
  const named = members.map(name => member(text, name))
  return role === 'proof' ? [...common, ...named] : [...common, ...named, ...payloadHoles(text)]
}

/** The string of that member, made longer. */
function member(text: string, name: string): Hole {
  const at = text.indexOf(`"${name}":"`) + name.length + 4
  return { kind: name, head: text.slice(0, at), filler: 'QUFB', tail: text.slice(at) }
}

/** The same inside the payload; blanks keep the parts whole for base64. */
function payloadHoles(text: string): Hole[] {
  const { payload } = JSON.parse(text) as { payload: string }
  const inner = Buffer.from(payload, 'base64').toString('utf8')
  const at = text.indexOf(payload)
  const hole = (kind: string, head: string, filler: string, tail: string): Hole => ({
    kind: `payload ${kind}`,
    head: text.slice(0, at) + base64(' '.repeat((3 - (Buffer.byteLength(head) % 3)) % 3) + head),
    filler: base64(filler),
    tail: base64(tail) + text.slice(at + payload.length),
  })
  return [
    hole('value', '{"x":"', 'AAA', `",${inner.slice(1)}`),
    hole('escapes', '{"x":"', '\\n\\n\\n', `",${inner.slice(1)}`),
    hole('digits', '{"x":1', '000', `,${inner.slice(1)}`),
    hole('blanks', '', '   ', inner),
    hole('depth', '{"x":', '[[[', `,${inner.slice(1)}`),
    hole('rubbish', inner, 'xxx', ''),
  ]
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

function fill(file: string, { head, filler, tail }: Hole): void {
  const chunk = Buffer.from(filler.repeat((8 << 20) / 8))
  const descriptor = openSync(file, 'w')
  try {
    writeSync(descriptor, head)
    for (let written = 0; written < GIGABYTE; written += chunk.length) writeSync(descriptor, chunk)
    writeSync(descriptor, tail)
  } finally {
    closeSync(descriptor)
  }
}
