// Runs a step between its attestors: environment and git, the tree before, the step, the tree after, then what reads the products.
// One failing attestor never costs the others' evidence. Used by `run` and `attest`.
import { LannerError } from '../error.ts'
import { toLannerError } from '../native/failure.ts'
import type { Native, TreeScan, Work } from '../native/native.ts'
import type { Attestation, AttestorMessages, Finding } from './attestor.ts'
import { COMMAND_RUN_TYPE, commandRunFinding } from './command-run.ts'
import { DETECTIONS_TYPE } from './detections.ts'
import { attestEnvironment, ENVIRONMENT_TYPE, type EnvironmentOptions } from './environment.ts'
import { FALCO_TYPE, type FalcoOptions } from './falco.ts'
import { attestGit, GIT_TYPE } from './git.ts'
import { runPlannedStep, type StepEvents } from './planned-step.ts'
import { type ProductPass, scanProducts } from './product-pass.ts'
import { secretValues } from './redaction.ts'
import type { StepOptions, StepResult } from './step.ts'
import { type DetectionsPlan, StepDetection } from './step-detection.ts'
import { holdSignals } from './step-signals.ts'
import { assertTraced } from './tracing.ts'
import { attestMaterials, attestProducts, MATERIAL_TYPE, PRODUCT_TYPE } from './tree.ts'
import { type TreeCapture, TreePasses } from './tree-passes.ts'

/** Attestors that are chosen by name; material, command-run and product always take part. */
export type ChosenAttestor = 'environment' | 'git' | 'falco' | 'detections'

/** How the falco attestor finds and treats its capture. */
export interface FalcoPlan extends Pick<FalcoOptions, 'cluster' | 'events' | 'strict'> {
  /** File named by the user, relative to the working directory. */
  readonly file: string | undefined
}

/** How the step is traced. */
export interface TracingPlan {
  /** `auto`: run it untraced where tracing is not permitted. */
  readonly requested: 'on' | 'auto'
  /** Milliseconds to go on tracing what the command left behind. */
  readonly lingerMs: number
  /** Whether anything that escaped the tracer fails command-run. */
  readonly requireZeroGaps: boolean
  /** File for the events. */
  readonly events: string | undefined
}

/** Everything decided before the step runs. */
export interface RunPlan {
  readonly step: StepOptions
  /** In the order asked for. */
  readonly attestors: readonly ChosenAttestor[]
  /** Whether the user named the attestors: a default one that cannot work here is a warning, not a failure. */
  readonly attestorsNamed: boolean
  readonly without: 'material' | 'product' | undefined
  readonly environment: EnvironmentOptions
  readonly falco: FalcoPlan
  readonly include: string | undefined
  readonly exclude: string | undefined
  readonly rehash: boolean
  readonly capture: TreeCapture
  /** Absent for a step that is not traced. */
  readonly tracing: TracingPlan | undefined
  /** Absent where no rules are applied. */
  readonly detections: DetectionsPlan | undefined
  readonly requireComplete: boolean
  /** Folder for unlinked spool files: that of the envelope. */
  readonly spoolDirectory: string
}

/** An attestor that gave nothing, and why. */
export interface AttestorFailure {
  readonly name: string
  readonly error: LannerError
  /** `false` for a default attestor that does not apply here. */
  readonly requested: boolean
}

/** What a run left. */
export interface RunRecord {
  /** In the order of the collection. */
  readonly attestations: readonly Attestation[]
  readonly failures: readonly AttestorFailure[]
  readonly step: StepResult
  /** Events of the step, for whoever was to get them. */
  readonly events?: StepEvents
}

/**
 * Runs the plan. What attestors throw is recorded as their failure. Throws when the step cannot be traced as asked for, with
 * nothing run; else only for a bug.
 */
export async function runPlan(
  plan: RunPlan,
  native: Native,
  work: Work,
  messages: AttestorMessages,
): Promise<RunRecord> {
  if (plan.detections === undefined) return record(plan, native, work, messages)
  // First of all: rules that do not load must cost nothing.
  const detection = await StepDetection.open(native, plan.detections, plan.spoolDirectory, messages)
  try {
    return await record(plan, native, work, messages, detection)
  } finally {
    await detection.close()
  }
}

async function record(
  plan: RunPlan,
  native: Native,
  work: Work,
  messages: AttestorMessages,
  detection?: StepDetection,
): Promise<RunRecord> {
  const recorder = new Recorder(messages)
  const directory = plan.step.cwd
  const chosen = (name: ChosenAttestor): boolean => plan.attestors.includes(name)
  if (chosen('environment')) {
    await recorder.attempt('environment', ENVIRONMENT_TYPE, plan.attestorsNamed, async () =>
      attestEnvironment(plan.environment, native.matchGlobs),
    )
  }
  if (chosen('git')) {
    await recorder.attempt('git', GIT_TYPE, plan.attestorsNamed, () => attestGit(directory))
  }
  const passes = new TreePasses(directory, plan.capture, plan.rehash, native, work)
  const walks = plan.capture.by === 'walk'
  let materials = walks ? await materialPass(plan, passes, recorder) : undefined
  // Until here a signal may end us: nothing has run. From here on there is evidence to keep.
  holdSignals()
  const beforeUntraced = async (): Promise<void> => {
    if (!walks) materials = await materialPass(plan, passes, recorder)
  }
  const listener = plan.detections?.file === undefined ? detection : undefined
  const ran = await runPlannedStep(plan, native, beforeUntraced, listener)
  const { step, tracing } = ran
  if (!walks && passes.follow(tracing)) materials = await materialPass(plan, passes, recorder)
  const found = commandRunFinding(step, tracing, passes.by, secretValues(plan.step.env))
  recorder.record('command-run', COMMAND_RUN_TYPE, ran.startTime, found)
  recorder.require('command-run', () => assertTraced(tracing, plan.tracing?.requireZeroGaps === true))
  await productPass(plan, native, passes, materials, work, recorder)
  if (detection !== undefined) {
    const trace = tracing?.traced === true ? tracing.record : undefined
    await recorder.attempt('detections', DETECTIONS_TYPE, true, () =>
      detection.finding(native, trace, plan.spoolDirectory, work),
    )
    recorder.require('detections', () => detection.assertQuiet())
  }
  const left = { attestations: recorder.attestations, failures: recorder.failures, step }
  return ran.events === undefined ? left : { ...left, events: ran.events }
}

async function materialPass(
  plan: RunPlan,
  passes: TreePasses,
  recorder: Recorder,
): Promise<TreeScan | undefined> {
  let scan: TreeScan | undefined
  // Without a recorded tree before the step every file after it is a product, as nothing in the collection says otherwise.
  if (plan.without === 'material') return undefined
  const take = async (): Promise<Finding> => {
    scan = await passes.materials()
    return complete(attestMaterials(scan, passes.by), plan)
  }
  await recorder.attempt('material', MATERIAL_TYPE, true, take)
  return scan
}

async function productPass(
  plan: RunPlan,
  native: Native,
  passes: TreePasses,
  materials: TreeScan | undefined,
  work: Work,
  recorder: Recorder,
): Promise<void> {
  const wantsFalco = plan.attestors.includes('falco')
  let pass: ProductPass | undefined
  const startTime = new Date()
  if (plan.without !== 'product') {
    await recorder.attempt('product', PRODUCT_TYPE, true, async () => {
      pass = await scanProducts(plan, native, passes, materials, work)
      return complete(attestProducts(pass.products, passes.by), plan)
    })
  }
  if (!wantsFalco) return
  await recorder.attempt(
    'falco',
    FALCO_TYPE,
    plan.attestorsNamed,
    async () => {
      pass ??= await scanProducts(plan, native, passes, materials, work)
      return pass.falco()
    },
    startTime,
  )
}

function complete(finding: Finding, plan: RunPlan): Finding {
  const { incomplete } = finding.predicate
  if (!plan.requireComplete || !Array.isArray(incomplete)) return finding
  throw new LannerError('ERR_TREE_INCOMPLETE', finding.warnings[0] ?? 'files could not be digested', {
    hint: 'make the files readable; without --require-complete and --profile witness they are recorded by path and reason',
  })
}

/** Collects what attestors give, in the order of the collection, and what failed. */
class Recorder {
  readonly attestations: Attestation[] = []
  readonly failures: AttestorFailure[] = []
  readonly #messages: AttestorMessages

  constructor(messages: AttestorMessages) {
    this.#messages = messages
  }

  async attempt(
    name: string,
    type: string,
    requested: boolean,
    attest: () => Promise<Finding>,
    startTime: Date = new Date(),
  ): Promise<void> {
    try {
      this.record(name, type, startTime, await attest())
    } catch (thrown) {
      this.#fail(name, requested, thrown)
    }
  }

  record(name: string, type: string, startTime: Date, found: Finding): void {
    for (const warning of found.warnings) this.#messages.warn(warning)
    this.attestations.push({ ...found, name, type, startTime, endTime: new Date() })
  }

  /** Notes a failure of an attestor whose finding is kept all the same. */
  require(name: string, check: () => void): void {
    try {
      check()
    } catch (thrown) {
      this.#fail(name, true, thrown)
    }
  }

  #fail(name: string, requested: boolean, thrown: unknown): void {
    const error = toLannerError(thrown)
    this.failures.push({ name, error, requested })
  }
}
