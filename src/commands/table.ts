// The table of commands: their words, where their class is, which short options carry a value.
// Loads nothing until asked, so that a command pays only for itself. Used by `cli.ts` and `completion`.
import type { CommandClass } from 'clipanion'
import type { LannerContext } from './context.ts'

/** One row: a command and how to load it. */
export interface CommandRow {
  readonly path: readonly string[]
  readonly load: () => Promise<CommandClass<LannerContext>>
  /** Letters of short options that take a value, for `-kFILE`. */
  readonly valued: string
}

/** All commands, in the order help shows them. */
export const COMMANDS: readonly CommandRow[] = [
  { path: ['run'], valued: 'saodkl', load: async () => (await import('./run.ts')).RunCommand },
  { path: ['attest'], valued: 'saodkl', load: async () => (await import('./attest.ts')).AttestCommand },
  { path: ['trace'], valued: 'o', load: async () => (await import('./trace.ts')).TraceCommand },
  { path: ['detect'], valued: 'ro', load: async () => (await import('./detect.ts')).DetectCommand },
  {
    path: ['rules', 'validate'],
    valued: '',
    load: async () => (await import('./rules-validate.ts')).RulesValidateCommand,
  },
  {
    path: ['rules', 'list'],
    valued: '',
    load: async () => (await import('./rules-list.ts')).RulesListCommand,
  },
  {
    path: ['rules', 'describe'],
    valued: '',
    load: async () => (await import('./rules-describe.ts')).RulesDescribeCommand,
  },
  {
    path: ['rules', 'explain'],
    valued: 'ro',
    load: async () => (await import('./rules-explain.ts')).RulesExplainCommand,
  },
  {
    path: ['rules', 'coverage'],
    valued: 'ro',
    load: async () => (await import('./rules-coverage.ts')).RulesCoverageCommand,
  },
  { path: ['fields'], valued: '', load: async () => (await import('./fields.ts')).FieldsCommand },
  { path: ['verify'], valued: 'pkafsol', load: async () => (await import('./verify.ts')).VerifyCommand },
  {
    path: ['policy', 'validate'],
    valued: 'pko',
    load: async () => (await import('./policy-validate.ts')).PolicyValidateCommand,
  },
  {
    path: ['policy', 'init'],
    valued: 'ko',
    load: async () => (await import('./policy-init.ts')).PolicyInitCommand,
  },
  { path: ['inspect'], valued: 'k', load: async () => (await import('./inspect.ts')).InspectCommand },
  {
    path: ['events', 'prove'],
    valued: 'eo',
    load: async () => (await import('./events-prove.ts')).EventsProveCommand,
  },
  {
    path: ['events', 'verify'],
    valued: 'ek',
    load: async () => (await import('./events-verify.ts')).EventsVerifyCommand,
  },
  {
    path: ['archive', 'put'],
    valued: '',
    load: async () => (await import('./archive-put.ts')).ArchivePutCommand,
  },
  {
    path: ['archive', 'get'],
    valued: 'o',
    load: async () => (await import('./archive-get.ts')).ArchiveGetCommand,
  },
  {
    path: ['archive', 'find'],
    valued: 's',
    load: async () => (await import('./archive-find.ts')).ArchiveFindCommand,
  },
  {
    path: ['bundle', 'create'],
    valued: 'so',
    load: async () => (await import('./bundle-create.ts')).BundleCreateCommand,
  },
  {
    path: ['bundle', 'inspect'],
    valued: '',
    load: async () => (await import('./bundle-inspect.ts')).BundleInspectCommand,
  },
  { path: ['sign'], valued: 'fotkl', load: async () => (await import('./sign.ts')).SignCommand },
  { path: ['keygen'], valued: 'o', load: async () => (await import('./keygen.ts')).KeygenCommand },
  {
    path: ['keyid', 'show'],
    valued: 'k',
    load: async () => (await import('./keyid-show.ts')).KeyidShowCommand,
  },
  {
    path: ['attestors', 'list'],
    valued: '',
    load: async () => (await import('./attestors-list.ts')).AttestorsListCommand,
  },
  {
    path: ['attestors', 'schema'],
    valued: '',
    load: async () => (await import('./attestors-schema.ts')).AttestorsSchemaCommand,
  },
  {
    path: ['serve', 'demo'],
    valued: '',
    load: async () => (await import('./serve-demo.ts')).ServeDemoCommand,
  },
  {
    path: ['serve', 'check'],
    valued: '',
    load: async () => (await import('./serve-check.ts')).ServeCheckCommand,
  },
  {
    path: ['serve', 'route'],
    valued: '',
    load: async () => (await import('./serve-route.ts')).ServeRouteCommand,
  },
  {
    path: ['serve', 'import'],
    valued: 'o',
    load: async () => (await import('./serve-import.ts')).ServeImportCommand,
  },
  {
    path: ['serve', 'queue', 'list'],
    valued: '',
    load: async () => (await import('./serve-queue.ts')).ServeQueueListCommand,
  },
  {
    path: ['serve', 'queue', 'retry'],
    valued: '',
    load: async () => (await import('./serve-queue.ts')).ServeQueueRetryCommand,
  },
  {
    path: ['serve', 'queue', 'drop'],
    valued: '',
    load: async () => (await import('./serve-queue.ts')).ServeQueueDropCommand,
  },
  // Behind those that begin with its word.
  { path: ['serve'], valued: '', load: async () => (await import('./serve.ts')).ServeCommand },
  { path: ['doctor'], valued: '', load: async () => (await import('./doctor.ts')).DoctorCommand },
  { path: ['completion'], valued: '', load: async () => (await import('./completion.ts')).CompletionCommand },
  { path: ['version'], valued: '', load: async () => (await import('./version.ts')).VersionCommand },
]

/** The row whose words begin `words`; `--version` is the command `version`. */
export function rowFor(words: readonly string[]): CommandRow | undefined {
  if (words[0] === '--version') return COMMANDS.find(row => row.path[0] === 'version')
  return COMMANDS.find(row => row.path.every((word, index) => words[index] === word))
}
