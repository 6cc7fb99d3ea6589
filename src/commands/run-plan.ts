// Turns the typed flags of `run` into what they mean: a checked plan, before anything runs.
// Reads no file and starts nothing. Used by `run` and `attest`.
import { existsSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, resolve } from 'node:path'
import type { Writable } from 'node:stream'
import type { AttestorMessages } from '../attestors/attestor.ts'
import { ATTESTORS, attestorNamed } from '../attestors/registry.ts'
import { DEFAULT_OUTPUT_LIMIT } from '../attestors/step.ts'
import type { ChosenAttestor, RunPlan } from '../attestors/workflow.ts'
import type { WireProfile } from '../envelope/wire-profile.ts'
import { usageError } from '../error.ts'
import { parseChoice, parseCount, parseList, parseSwitch } from './flag-values.ts'
import { planDetections } from './run-detections.ts'
import type { StepCommand } from './run-options.ts'
import { planTracing } from './run-tracing.ts'

const DEFAULT_ATTESTORS: readonly ChosenAttestor[] = ['environment', 'git']

/** Where the output of the step goes, and how loudly things are said. */
export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv
  readonly stdout: Writable
  readonly stderr: Writable
  readonly messages: AttestorMessages
}

/** The plan for `argv`. Throws usage errors that name the flag. */
export function planRun(options: StepCommand, argv: readonly string[], around: Surroundings): RunPlan {
  acceptCompatibilityFlags(options, around.messages)
  if (options.stepName === '') {
    throw usageError(
      'ERR_USAGE_STEP',
      '`--step` is empty',
      'name the step: its collection is found by that name',
    )
  }
  const cwd = workingDirectory(options.workingDirectory)
  const profile = wireProfile(options)
  return {
    step: {
      argv,
      cwd,
      env: around.environment,
      tty: parseSwitch('--tty', options.tty),
      outputLimit: parseCount(
        '--attestor-command-run-output-limit',
        options.outputLimit,
        DEFAULT_OUTPUT_LIMIT,
      ),
      onStdout: around.stdout,
      onStderr: around.stderr,
    },
    ...chosenAttestors(options.attestations, around.messages),
    without: leftOut(parseList(options.withoutDefault)),
    environment: {
      disableDefaults: parseSwitch('--env-disable-default-sensitive-vars', options.envDisableDefaults),
      addKeys: parseList(options.envAddKeys),
      allowKeys: parseList(options.envAllowKeys),
      filter: parseSwitch('--env-filter-sensitive-vars', options.envFilter),
      captureAllowlist: parseList(options.envAllowlist),
    },
    falco: {
      file: options.falcoFile,
      events: parseChoice('--attestor-falco-events', options.falcoEvents, ['embed', 'digest']),
      strict: parseSwitch('--attestor-falco-strict', options.falcoStrict),
      cluster: around.environment.FALCO_CLUSTER_NAME ?? '',
    },
    include: options.include,
    exclude: options.exclude,
    rehash: parseSwitch('--rehash', options.rehash),
    ...planTracing(options, around.messages),
    detections: planDetections(options, cwd, around.environment),
    // The plain maps of the witness profile have no place to say what is missing.
    requireComplete: parseSwitch('--require-complete', options.requireComplete) || profile === 'witness',
    spoolDirectory: spoolDirectory(envelopeFile(options.outfile)),
  }
}

/** The file an `--outfile` names; `undefined` for stdout, which a socket or a pipe lets nobody open a second time by name. */
export function envelopeFile(typed: string | undefined): string | undefined {
  return typed === '-' || typed === '/dev/stdout' ? undefined : typed
}

/** Beside the envelope, where there must be room for it anyway; its folder may not exist before the step has run. */
function spoolDirectory(outfile: string | undefined): string {
  const beside = outfile === undefined ? undefined : dirname(resolve(outfile))
  return beside !== undefined && existsSync(beside) ? beside : tmpdir()
}

/** The wire profile asked for. */
export function wireProfile(options: StepCommand): WireProfile {
  const profile = parseChoice('--profile', options.profile, ['cilock', 'witness'])
  if (
    profile === 'witness' &&
    envelopeFile(options.outfile) === undefined &&
    parseList(options.attestations).includes('falco')
  ) {
    throw usageError(
      'ERR_USAGE_STDOUT',
      'with `--profile witness` the Falco capture is an envelope of its own, and both cannot go to stdout',
      'name a file with --outfile; the capture goes beside it',
    )
  }
  return profile
}

function workingDirectory(typed: string | undefined): string {
  const directory = resolve(typed ?? '.')
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return directory
  throw usageError('ERR_USAGE_WORKINGDIR', `working directory ${typed ?? directory} is no directory`)
}

function chosenAttestors(
  typed: readonly string[] | undefined,
  messages: AttestorMessages,
): Pick<RunPlan, 'attestors' | 'attestorsNamed'> {
  if (typed === undefined) return { attestors: DEFAULT_ATTESTORS, attestorsNamed: false }
  const chosen = new Set<ChosenAttestor>()
  for (const name of parseList(typed)) {
    const attestor = attestorNamed(name)
    if (name === 'platform') messages.warn('attestor platform does nothing: Lanner talks to no platform')
    else if (attestor === undefined) throw unknownAttestor(name)
    else if (attestor.alwaysRun) messages.debug(`attestor ${name} always runs`)
    else chosen.add(name as ChosenAttestor)
  }
  return { attestors: [...chosen], attestorsNamed: true }
}

function unknownAttestor(name: string): Error {
  const known = ATTESTORS.map(attestor => attestor.name).join(', ')
  return usageError('ERR_USAGE_ATTESTOR', `attestor not found: ${name}`, `known attestors: ${known}`)
}

function leftOut(names: readonly string[]): 'material' | 'product' | undefined {
  for (const name of names) {
    if (name !== 'material' && name !== 'product') {
      throw usageError(
        'ERR_USAGE_FLAG_VALUE',
        `\`--no-default-attestor\` is \`${name}\`, expected material or product`,
      )
    }
  }
  const [first, second] = [...new Set(names)]
  if (second !== undefined) {
    throw usageError(
      'ERR_USAGE_FLAG_VALUE',
      '`--no-default-attestor` can leave out material or product, not both',
    )
  }
  return first as 'material' | 'product' | undefined
}

/** Flags that exist for scripts written for cilock: what asks for nothing is accepted, the rest is refused by name. */
function acceptCompatibilityFlags(options: StepCommand, messages: AttestorMessages): void {
  if (options.platformUrl !== undefined && options.platformUrl !== '') {
    throw unsupported('--platform-url', 'Lanner talks to no platform; only the empty value is accepted')
  }
  parseSwitch('--offline', options.offline)
  parseChoice('--workload', options.workload, ['manual', 'auto'])
  acceptHashes(parseList(options.hashes), messages)
  if (parseList(options.dirhashGlob).length > 0) {
    messages.warn('`--dirhash-glob` changes nothing: the files of such directories are recorded one by one')
  }
}

function acceptHashes(hashes: readonly string[], messages: AttestorMessages): void {
  if (hashes.length === 0) return
  const unknown = hashes.find(hash => hash !== 'sha256' && hash !== 'sha1')
  if (unknown !== undefined)
    throw usageError('ERR_USAGE_HASH', `hash \`${unknown}\` is unknown, expected sha256`)
  if (!hashes.includes('sha256'))
    throw usageError('ERR_USAGE_HASH', '`--hashes` must hold sha256: the trees are made of it')
  if (hashes.includes('sha1')) messages.warn('`--hashes sha1` is not recorded: every digest is SHA-256')
}

function unsupported(flag: string, reason: string): Error {
  return usageError('ERR_USAGE_UNSUPPORTED', `\`${flag}\` is not supported: ${reason}`)
}
