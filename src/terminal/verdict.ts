// A verdict in words: what each step looked for, what was found, why it was not enough and what to do about it; and as JSON.
// Judges nothing. Used by `verify`.
import type { Candidate, Check, SeedVerdict, StepVerdict, Verdict } from '../policy/verdict.ts'
import type { Paint } from './style.ts'

/** What a person can do when candidates stop at a check. */
const ADVICE: Readonly<Record<Check, string>> = {
  subject:
    'name the artifact this step made with `-f`, or a subject of it with `-s`; a changed file has another digest',
  'collection-type': 'this is no attestation collection',
  'required-types':
    'run the step with these attestors (`lanner run -a …`), or correct the types in the policy',
  signature: 'list the key under `publickeys`, or its root under `roots` with a `timestampauthorities` entry',
  functionary: 'list the signer under the functionaries of the step, if it may sign it',
  timestamp: 'sign with a certificate and a timestamp within the bounds of the policy',
  leaves: 'the list of files was changed after the tree was made; attest the step again',
  rego: 'the policy refuses what was recorded: look at the reasons above',
  link: 'attest both steps on the same files, one after the other; the step named above must pass first',
}

/** The text for stdout; `explain` adds every candidate. */
export function renderVerdict(verdict: Verdict, explain: boolean, paint: Paint): string {
  const head = verdict.passed ? paint('good', 'verified') : paint('bad', 'refused')
  const lines = [
    head,
    ...verdict.steps.flatMap(step => stepLines(step, explain, paint)),
    ...verdict.externals.flatMap(external => {
      const label = {
        passed: paint('good', 'pass'),
        absent: external.required ? paint('bad', 'fail') : 'none',
        rejected: paint('bad', 'fail'),
      }
      const shown = explain || external.outcome === 'rejected' ? external.candidates : []
      return [
        `  ${label[external.outcome]} external ${paint('name', external.name)} (${printable(external.predicateType)})`,
        ...shown.flatMap(candidate => candidateLines(candidate, paint)),
      ]
    }),
    ...verdict.seeds.flatMap(seed => seedLines(seed, verdict.passed)),
    ...verdict.faults.map(
      ({ why, code }) => `  ${paint('bad', 'fail')} ${printable(why)} ${paint('faint', `(${code})`)}`,
    ),
  ]
  return `${lines.join('\n')}\n`
}

function stepLines(step: StepVerdict, explain: boolean, paint: Paint): string[] {
  const { name, passed, candidates, requiredTypes } = step
  const mark = passed ? paint('good', 'pass') : paint('bad', 'fail')
  const lines = [`  ${mark} step ${paint('name', printable(name))}`]
  const shown = explain || !passed ? candidates : candidates.filter(each => each.passed)
  if (!passed)
    lines.push(
      `       looked for: a collection named \`${printable(name)}\` with ${requiredTypes.map(printable).join(', ') || 'nothing'}`,
    )
  if (candidates.length === 0) {
    lines.push(
      '       found: no attestation of this step among those given',
      '       do: pass its envelope with `-a`',
    )
  }
  lines.push(...shown.flatMap(candidate => candidateLines(candidate, paint)))
  const furthest = furthestOf(candidates)
  if (!passed && furthest !== undefined) lines.push(`       do: ${ADVICE[furthest.check]}`)
  return lines
}

function candidateLines(candidate: Candidate, paint: Paint): string[] {
  const { reference } = candidate.evidence
  if (candidate.passed) {
    return [
      `       ${printable(reference)}: passed, signed by ${candidate.keyIds.map(id => printable(id).slice(0, 16)).join(', ')}`,
    ]
  }
  const [first = '', ...more] = candidate.why.map(printable)
  return [
    `       ${printable(reference)}: ${candidate.check}: ${first} ${paint('faint', `(${candidate.code})`)}`,
    ...more.map(why => `         ${why}`),
  ]
}

/** The candidate that came furthest is the one most likely meant. */
function furthestOf(candidates: readonly Candidate[]): Extract<Candidate, { passed: false }> | undefined {
  const order = Object.keys(ADVICE)
  const failed = candidates.flatMap(candidate => (candidate.passed ? [] : [candidate]))
  return failed.sort((a, b) => order.indexOf(b.check) - order.indexOf(a.check))[0]
}

function seedLines({ name, digest, bindings }: SeedVerdict, passed: boolean): string[] {
  if (bindings.length === 0) return passed ? [`  note: \`${printable(name)}\` matched nothing`] : []
  return bindings.map(
    ({ step, via, name: bound }) =>
      `  ${printable(name)} sha256:${digest} is ${via === 'subject' ? 'subject' : 'file'} \`${printable(bound)}\` of step \`${printable(step)}\``,
  )
}

/** Evidence and policies come from others: no control character of theirs reaches the terminal. */
function printable(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** The object of `-o json`: cilock's members first, then ours. */
export function verdictObject(verdict: Verdict): Record<string, unknown> {
  const { passed, steps, externals, seeds, faults } = verdict
  return {
    passed,
    ...(passed ? firstBinding(verdict) : {}),
    steps: steps.map(({ name, passed: ok, requiredTypes, candidates }) => ({
      name,
      passed: ok,
      requiredTypes,
      candidates: candidates.map(candidateObject),
    })),
    ...(externals.length === 0
      ? {}
      : {
          externals: externals.map(({ candidates, ...rest }) => ({
            ...rest,
            candidates: candidates.map(candidateObject),
          })),
        }),
    artifacts: seeds,
    faults,
  }
}

/** cilock tells of one binding: the first step's, a subject rather than a file, and never of a directory. */
function firstBinding({ steps, seeds }: Verdict): Record<string, string> {
  const told = seeds.filter(({ kind }) => kind !== 'directory')
  for (const { name } of [...steps].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const own = told.flatMap(({ digest, bindings }) =>
      bindings.filter(({ step }) => step === name).map(({ via, name: bound }) => ({ digest, via, bound })),
    )
    const first = own.find(({ via }) => via === 'subject') ?? own[0]
    if (first === undefined) continue
    return { step: name, matchedSubject: `sha256:${first.digest}`, observedSubjectName: first.bound }
  }
  return {}
}

function candidateObject(candidate: Candidate): Record<string, unknown> {
  const { reference } = candidate.evidence
  return candidate.passed
    ? { attestation: reference, passed: true, keyIds: candidate.keyIds }
    : {
        attestation: reference,
        passed: false,
        check: candidate.check,
        code: candidate.code,
        why: candidate.why,
      }
}
