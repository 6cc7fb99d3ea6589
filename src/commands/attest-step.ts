// What `run` and `attest` do with their plan: harden, load the key, run the step, sign, write, tell, choose the exit code.
// The order matters: the key is read before the step starts, so a bad key costs nothing, and never through an open file.
import type { Writable } from 'node:stream'
import { type RunRecord, runPlan } from '../attestors/workflow.ts'
import { type EnvelopeTarget, writeEnvelope } from '../envelope/dsse.ts'
import { jsonPayload } from '../envelope/payload.ts'
import type { Signer } from '../envelope/signer.ts'
import { IN_TOTO_PAYLOAD_TYPE, type Statement } from '../envelope/statement.ts'
import { parseSubjects } from '../envelope/subjects.ts'
import { type RunStatements, runStatements } from '../envelope/wire-profile.ts'
import { assertNoFileSubject } from '../envelope/witness-profile.ts'
import { usageError } from '../error.ts'
import { type Native, openNative } from '../native/native.ts'
import { renderFailure } from '../terminal/failure.ts'
import { type Messages, messagesTo, parseLevel } from '../terminal/messages.ts'
import { writeAll } from '../terminal/output.ts'
import { withProgress } from '../terminal/progress.ts'
import { renderRunSummary, runSummary, type SeparateEnvelope } from '../terminal/run-summary.ts'
import { parseChoice, parseSwitch } from './flag-values.ts'
import { guardProcess, refuseSharedDescriptors } from './key-custody.ts'
import type { StepCommand } from './run-options.ts'
import { envelopeFile, planRun, wireProfile } from './run-plan.ts'
import { planUpload, uploadAll } from './run-upload.ts'

/** Runs `argv` as the step of `command` and returns the exit code. */
export async function attestStep(command: StepCommand, argv: readonly string[]): Promise<number> {
  const { stdout, stderr } = command.context
  const json = wantsJson(command)
  const messages = messagesTo(stderr, parseLevel(command.logLevel))
  const subjects = parseSubjects(command.subjects ?? [])
  const profile = wireProfile(command)
  if (profile === 'witness') assertNoFileSubject(subjects)
  const outfile = envelopeFile(command.outfile)
  const stepStdout = outfile === undefined || json ? stderr : stdout
  const plan = planRun(command, argv, { environment: process.env, stdout: stepStdout, stderr, messages })
  const native = await openNative()
  await guardProcess(native)
  refuseSharedDescriptors([command.keyPath, command.keyPassphrasePath, command.archivistaTokenPath])
  const archive = await planUpload(command)
  const signer = await command.loadSigner()
  const work = new native.Work()

  const record = await runPlan(plan, native, work, messages)
  const statements = runStatements(profile, command.stepName, record.attestations, subjects)
  reportFailures(record, messages, stderr)
  const target = outfile === undefined ? { stream: stdout } : { file: outfile }
  const apart = separateEnvelopes(statements, outfile)
  await withProgress('signing', work, stderr, async () => {
    // The collection comes last: whoever waits for it finds the rest.
    for (const { statement, outfile: file } of apart) await seal(native, statement, signer, { file }, work)
    await seal(native, statements.collection, signer, target, work)
  })

  const lostEvents = await saveEvents(record, messages, stderr)
  const written = apart.map(({ name, outfile: file }) => ({ name, outfile: file }))
  const files = [outfile, ...written.map(each => each.outfile)].filter(file => file !== undefined)
  const upload = archive === undefined ? { uploaded: false } : await uploadAll(archive, files, stderr)
  const summary = runSummary(statements.collection, record, signer.keyId, outfile, written, upload)
  if (json) await writeAll(stdout, `${JSON.stringify(summary)}\n`)
  else if (messages.shows('info')) await writeAll(stderr, renderRunSummary(summary, messages.paint))
  const lost = (archive !== undefined && !upload.uploaded) || lostEvents
  return exitCode(record, parseSwitch('--ignore-command-exit-code', command.ignoreExitCode), lost)
}

/** After the envelope, which must not depend on it. Returns whether the events could not be written. */
async function saveEvents(record: RunRecord, messages: Messages, stderr: Writable): Promise<boolean> {
  try {
    await record.events?.save()
    return false
  } catch (thrown) {
    await writeAll(stderr, renderFailure(thrown, messages.paint, 'events'))
    return true
  }
}

async function seal(
  native: Native,
  statement: Statement,
  signer: Signer,
  target: EnvelopeTarget,
  work: InstanceType<Native['Work']>,
): Promise<void> {
  await writeEnvelope(native, jsonPayload(native, statement), IN_TOTO_PAYLOAD_TYPE, signer, target, work)
}

/** `att.json` has its falco statement in `att.json-falco.json`, as cilock names those it signs apart. */
function separateEnvelopes(
  statements: RunStatements,
  outfile: string | undefined,
): (SeparateEnvelope & { readonly statement: Statement })[] {
  return statements.apart.map(({ name, statement }) => {
    if (outfile === undefined) throw new TypeError(`no file for ${name}`)
    return { name, statement, outfile: `${outfile}-${name}.json` }
  })
}

function wantsJson(command: StepCommand): boolean {
  const json =
    parseSwitch('--json', command.json) ||
    parseChoice('--output-format', command.outputFormat, ['text', 'json']) === 'json'
  if (json && envelopeFile(command.outfile) === undefined) {
    throw usageError(
      'ERR_USAGE_STDOUT',
      'the envelope and the JSON summary cannot both go to stdout',
      'name a file with --outfile',
    )
  }
  return json
}

function reportFailures(record: RunRecord, messages: Messages, stderr: Writable): void {
  for (const { name, error, requested } of record.failures) {
    if (requested) void writeAll(stderr, renderFailure(error, messages.paint, `attestor ${name}`))
    else messages.warn(`attestor ${name} has nothing to record: ${error.message}`)
  }
}

/**
 * The step's own code wins; then an attestor that failed, for whatever reason, or something that could not be uploaded or written (`lost`);
 * then alerts that were to be none; then success.
 */
export function exitCode(
  { step, failures }: Pick<RunRecord, 'step' | 'failures'>,
  ignoreStep: boolean,
  lost: boolean,
): number {
  if (step.exitCode !== 0 && !ignoreStep) return step.exitCode
  const requested = failures.filter(failure => failure.requested)
  // Only 1 says that all was attested: a verdict on what was found.
  if (lost || requested.some(({ error }) => error.exit !== 1)) return 3
  return requested.length > 0 ? 1 : 0
}
