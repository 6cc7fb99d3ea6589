// Makes a configuration of ours out of falcosidekick's: every output that is switched on, least priorities as routes, fields and tags.
// What has no counterpart, or works another way, is told: as comments in the file and to whoever asked. Used by `serve import`.
import { stringify } from 'yaml'
import { type Priority, priorityOf } from '../../detect/priority.ts'
import { CHAT_OUTPUTS } from './chat-outputs.ts'
import { LOG_OUTPUTS } from './log-outputs.ts'
import { compact, type DraftOptions, type OutputMapping } from './output-draft.ts'
import { QUEUE_OUTPUTS } from './queue-outputs.ts'
import { importInput } from './sidekick-input.ts'
import type { SidekickSettings } from './sidekick-settings.ts'
import { UNSUPPORTED } from './unsupported.ts'

const MAPPINGS: readonly OutputMapping[] = [...CHAT_OUTPUTS, ...LOG_OUTPUTS, ...QUEUE_OUTPUTS]

/** Sections, and settings of the top level: what an environment variable may set. */
export const SIDEKICK_NAMES: readonly string[] = [
  ...MAPPINGS.map(({ section }) => section),
  ...UNSUPPORTED.map(({ section }) => section),
  'aws',
  'yandex',
  'gcp',
  'azure',
  'otlp',
  'elasticsearch.batching',
  'mutualtlsclient',
  'tlsclient',
  'tlsserver',
  'listenaddress',
  'listenport',
  'debug',
  'customfields',
  'customtags',
  'templatedfields',
  'bracketreplacer',
  'outputfieldformat',
  'mutualtlsfilespath',
]

/** What came of it. */
export interface ImportedConfig {
  /** A whole `lanner.yaml`, with what is to be known as comments on top. */
  readonly text: string
  /** The same remarks: `slack.footer: …`. */
  readonly notes: readonly string[]
  /** Names of the outputs it has. */
  readonly outputs: readonly string[]
}

interface Draft {
  readonly name: string
  readonly options: DraftOptions
  readonly priority: Priority
}

/** Imports settings. */
export function importSidekick(settings: SidekickSettings): ImportedConfig {
  const notes: string[] = []
  const drafts = MAPPINGS.flatMap(mapping => draftOf(mapping, settings, notes))
  for (const { section, enabledBy, advice } of UNSUPPORTED) {
    if (!enabledBy.every(key => settings.has(`${section}.${key}`))) continue
    notes.push(`${section}: not carried over; ${advice}`)
  }
  const { listen, auth, tls, fields, tags } = importInput(settings, notes)
  notes.push(...unknownSections(settings))
  const config = compact({
    listen,
    auth,
    tls,
    store: { path: './store' },
    fields,
    tags: tags.length === 0 ? undefined : tags,
    outputs: Object.fromEntries(drafts.map(({ name, options }) => [name, options])),
    routes: routesOf(drafts),
  })
  if (drafts.length === 0) notes.push('no output is switched on; alerts are stored and shown on the page')
  return {
    text: headOf(notes) + stringify(config, { lineWidth: 0 }),
    notes,
    outputs: drafts.map(({ name }) => name),
  }
}

/** A name that was mistyped would go unnoticed: falcosidekick passes over what it doesn't know. */
function unknownSections(settings: SidekickSettings): string[] {
  const rootOf = (name: string): string => name.split('.', 1)[0] ?? ''
  const known = new Set(SIDEKICK_NAMES.map(rootOf))
  const roots = new Set(settings.left('').map(rootOf))
  return [...roots].filter(root => !known.has(root)).map(root => `${root}: not known, left out`)
}

function draftOf(mapping: OutputMapping, settings: SidekickSettings, notes: string[]): Draft[] {
  const { section, enabledBy, type } = mapping
  if (!enabledBy.every(key => settings.has(`${section}.${key}`))) return []
  const own = settings.section(section)
  const note = (text: string): void => {
    notes.push(`${section}: ${text}`)
  }
  const written = own.text('minimumpriority')
  const priority = written === undefined ? 'Debug' : priorityOf(written)
  if (priority === undefined) note(`\`minimumpriority: ${written}\` is no priority; every alert goes there`)
  const options = mapping.draft({ own, all: settings, note })
  for (const name of settings.left(`${section}.`)) notes.push(`${name}: has no counterpart`)
  if (options === undefined) return []
  return [
    { name: section.replaceAll('.', '-'), options: { type, ...options }, priority: priority ?? 'Debug' },
  ]
}

/** None when every output takes every alert. */
function routesOf(drafts: readonly Draft[]): DraftOptions[] | undefined {
  if (drafts.every(({ priority }) => priority === 'Debug')) return undefined
  return drafts.map(({ name, priority }) => ({
    name,
    ...(priority === 'Debug' ? {} : { priority: priority.toLowerCase() }),
    outputs: [name],
  }))
}

function headOf(notes: readonly string[]): string {
  const lines = notes.map(note => `# - ${note.replace(/\s*[\r\n]+\s*/g, ' ')}\n`)
  const remarks = lines.length === 0 ? '' : `# What is different, or was left out:\n${lines.join('')}`
  return `# Imported from the configuration of falcosidekick. It holds secrets if that did.\n${remarks}\n`
}
