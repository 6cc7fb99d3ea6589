// Falco's configuration as far as it changes what is detected or written: `-o key=value`, repeated.
// A key that means something to Falco but nothing here is refused with the reason. Used by `detect-plan.ts`.
import { usageError } from '../error.ts'
import { type AppendedOutput, parseAppendedOutput } from './appended-output.ts'
import { parseFlowValue } from './flow-value.ts'
import type { Priority } from './priority.ts'
import { parseRuleChoice, RULES_KEY, type RuleChoice } from './rule-choice.ts'
import { parsePriority } from './source.ts'
import { closest } from './spelling.ts'

/** Everything `-o` can say; Falco's defaults where it says nothing. */
export interface EngineOptions {
  readonly json: boolean
  readonly includeOutput: boolean
  readonly includeMessage: boolean
  readonly includeFields: boolean
  readonly includeTags: boolean
  /** Times in the text as ISO 8601 in UTC, instead of local time of day. */
  readonly isoTime: boolean
  /** Values of byte buffers in base64. */
  readonly base64: boolean
  readonly matching: 'first' | 'all'
  readonly priority: Priority
  readonly choices: readonly RuleChoice[]
  readonly appended: readonly AppendedOutput[]
  readonly staticFields: Readonly<Record<string, string>>
}

/** What Falco does without a configuration file, but for JSON, which is what is written here unless asked otherwise. */
export const DEFAULT_OPTIONS: EngineOptions = {
  json: true,
  includeOutput: true,
  includeMessage: false,
  includeFields: true,
  includeTags: true,
  isoTime: false,
  base64: false,
  matching: 'first',
  priority: 'Debug',
  choices: [],
  appended: [],
  staticFields: {},
}

type Change = (options: EngineOptions, key: string, value: string) => Partial<EngineOptions>

const KEYS: Readonly<Record<string, Change>> = {
  json_output: (_, key, value) => ({ json: yesOrNo(key, value) }),
  json_include_output_property: (_, key, value) => ({ includeOutput: yesOrNo(key, value) }),
  json_include_message_property: (_, key, value) => ({ includeMessage: yesOrNo(key, value) }),
  json_include_output_fields_property: (_, key, value) => ({ includeFields: yesOrNo(key, value) }),
  json_include_tags_property: (_, key, value) => ({ includeTags: yesOrNo(key, value) }),
  time_format_iso_8601: (_, key, value) => ({ isoTime: yesOrNo(key, value) }),
  buffer_format_base64: (_, key, value) => ({ base64: yesOrNo(key, value) }),
  rule_matching: (_, key, value) => ({ matching: firstOrAll(key, value) }),
  priority: (_, key, value) => ({ priority: parsePriority(`-o ${key}`, value) }),
  [RULES_KEY]: ({ choices }, _, value) => ({ choices: [...choices, parseRuleChoice(value)] }),
  'append_output[]': ({ appended }, key, value) => ({
    appended: [...appended, parseAppendedOutput(key, parseFlowValue(value))],
  }),
}

/** Falco's other keys, by how they begin. */
const WITHOUT_MEANING: readonly (readonly [start: string, reason: string])[] = [
  ['rules_file', 'name rule files with `--rules`'],
  ['plugins', 'the sources are built in: `--source`'],
  ['load_plugins', 'the sources are built in: `--source`'],
  ['engine', 'events come from the files that are named, or stdin'],
  ['stdout_output', 'alerts go to stdout, or to `--outfile`'],
  ['file_output', 'use `--outfile`'],
  ['rules', 'write `-o "rules[]={disable: {rule: NAME}}"`, or `--disable NAME`'],
  ['append_output', 'write `-o "append_output[]={match: {source: S}, extra_output: TEXT}"`'],
  ...[
    ...[
      'syslog_output',
      'program_output',
      'http_output',
      'grpc',
      'webserver',
      'metrics',
      'log_',
      'libs_logger',
    ],
    ...[
      'syscall_event_',
      'base_syscalls',
      'falco_libs',
      'capture',
      'outputs_queue',
      'output_timeout',
      'watch_',
    ],
    ...['buffered_outputs', 'config_files', 'container_engines', 'state_engine'],
  ].map(start => [start, 'it belongs to Falco as a service'] as const),
]

/** The defaults changed by each `key=value`, in order. Throws `ERR_USAGE_OPTION…`. */
export function parseEngineOptions(words: readonly string[]): EngineOptions {
  let options = DEFAULT_OPTIONS
  for (const word of words) {
    const at = word.indexOf('=')
    if (at <= 0) {
      throw usageError('ERR_USAGE_OPTION', `\`-o ${word}\` is not key=value`, 'as `-o json_output=false`')
    }
    const [key, value] = [word.slice(0, at).trim(), word.slice(at + 1).trim()]
    options = { ...options, ...change(options, key, value) }
  }
  return options
}

function change(options: EngineOptions, key: string, value: string): Partial<EngineOptions> {
  const known = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined
  if (known !== undefined) return known(options, key, value)
  if (key.startsWith('static_fields.') && key.length > 14) {
    return { staticFields: { ...options.staticFields, [key.slice(14)]: value } }
  }
  const reason = WITHOUT_MEANING.find(([start]) => key.startsWith(start))?.[1]
  if (reason !== undefined) throw usageError('ERR_USAGE_OPTION', `\`-o ${key}\` has no effect here`, reason)
  const near = closest(key, [...Object.keys(KEYS), 'static_fields.NAME'])
  const hint = near === undefined ? `keys are ${Object.keys(KEYS).join(', ')}` : `did you mean \`${near}\`?`
  throw usageError('ERR_USAGE_OPTION', `no option \`${key}\``, hint)
}

function firstOrAll(key: string, value: string): 'first' | 'all' {
  if (value === 'first' || value === 'all') return value
  throw usageError('ERR_USAGE_OPTION_VALUE', `\`-o ${key}\` is \`${value}\`, expected first or all`)
}

function yesOrNo(key: string, value: string): boolean {
  if (/^(true|yes|on)$/i.test(value)) return true
  if (/^(false|no|off)$/i.test(value)) return false
  throw usageError('ERR_USAGE_OPTION_VALUE', `\`-o ${key}\` is \`${value}\`, expected true or false`)
}
