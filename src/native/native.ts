// The only door to the addon: loads it when first asked, checks that it is the same version, explains a failure.
// Decides nothing about evidence. Every other folder imports the addon's types and functions from here.
import { LannerError } from '../error.ts'
import { explainLoadFailure } from './load-failure.ts'
import { packageVersion } from './version.ts'

export type {
  AlertEnrichment,
  AlertStoreFile,
  Capture,
  DeadLetterFile,
  Detection,
  DetectionSettings,
  EnvelopeDocument,
  EnvelopeFile,
  IndexedAlerts,
  Journal,
  JournalConsumer,
  LeafTable,
  LiveDetection,
  OutputSettings,
  Payload,
  PendingFile,
  ProductScan,
  ProvenEvent,
  RouteBook,
  RuleBook,
  StatementOutline,
  StepContainer,
  StepTrace,
  StoredAlertQuery,
  TraceEnd,
  TraceRecord,
  TraceSettings,
  TraceStart,
  TreeScan,
  Triage,
  Work,
} from './binding.js'

/** Everything the addon exports. */
export type Native = typeof import('./binding.js')

let loaded: Promise<Native> | undefined

/**
 * Loads the addon once. Throws `ERR_NATIVE_MISSING` (no binary for this platform is installed), `ERR_NATIVE_LOAD` (there is
 * one and the system refuses it) or `ERR_NATIVE_VERSION` (it belongs to another release), each with the cause and a hint.
 */
export function openNative(): Promise<Native> {
  loaded ??= load()
  return loaded
}

async function load(): Promise<Native> {
  const native = await import('./binding.js').catch((thrown: unknown): never => {
    throw explainLoadFailure(thrown)
  })
  const ours = packageVersion()
  const theirs = native.addonVersion()
  if (theirs === ours) return native
  throw new LannerError('ERR_NATIVE_VERSION', `the addon is version ${theirs}, the command is ${ours}`, {
    hint: 'reinstall lanner so that both come from one release',
    facts: { expected: ours },
  })
}
