// `lanner serve check`: whether a configuration of the server can be used, and what the server would do with it.
// Opens no output, binds no address. Loaded by `cli.ts`.
import { Command, Option } from 'clipanion'
import { openNative } from '../native/native.ts'
import { JUDGED_SOURCES } from '../serve/config/config.ts'
import { describeConfig } from '../serve/config/description.ts'
import { ConfigDocument } from '../serve/config/document.ts'
import { ConfigError } from '../serve/config/fault.ts'
import { type CheckedConfig, checkConfig, readText } from '../serve/config/read-config.ts'
import { type DescribedRules, describeRules } from '../serve/inputs/judging-rules.ts'
import { writeAll } from '../terminal/output.ts'
import { renderConfig } from '../terminal/serve-check.ts'
import { paintFor } from '../terminal/style.ts'
import type { LannerContext } from './context.ts'
import { parseChoice } from './flag-values.ts'

/** Where the configuration is if nothing is said. */
export const USUAL_CONFIG = 'lanner.yaml'

/** The command class of `serve check`. */
export class ServeCheckCommand extends Command<LannerContext> {
  static override paths = [['serve', 'check']]
  static override usage = Command.Usage({
    category: 'Server',
    description: 'check a configuration of the server',
    details: `
      Every fault is told with its line, its column and the path of the key: unknown keys, values of another kind, conditions of routes
      (with Falco's codes), outputs' options, routes to outputs that are not there, addresses that other machines reach without a token
      or client certificate, rules that don't load. Of a valid one it says what listens, which rules judge what, what is kept where, and
      which output gets what. Exit code 2 when it
      can't be used.
    `,
    examples: [
      ['Before a restart', '$0 serve check --config /etc/lanner/lanner.yaml'],
      ['For a program', '$0 serve check --format json | jq .faults'],
    ],
  })

  config = Option.String('--config', USUAL_CONFIG, {
    description: `The configuration (default: ./${USUAL_CONFIG})`,
  })
  format = Option.String('--format', { description: 'text (default) or json' })

  override async execute(): Promise<number> {
    const json = parseChoice('--format', this.format, ['text', 'json']) === 'json'
    const checked = await withRules(this.config, await readText(this.config))
    const { stdout } = this.context
    const { config, rules, faults, warnings } = checked
    if (json) await writeAll(stdout, `${JSON.stringify(answer(this.config, checked), null, 2)}\n`)
    else if (config === undefined) throw new ConfigError(this.config, faults)
    else {
      const told = { ...describeConfig(config), rules }
      await writeAll(stdout, renderConfig(this.config, told, warnings, paintFor(stdout)))
    }
    return config === undefined ? 2 : 0
  }
}

interface CheckedWithRules extends CheckedConfig {
  readonly rules: readonly DescribedRules[]
}

/** Rules are loaded as the server would: with ones that don't load it would not start. */
async function withRules(file: string, text: string): Promise<CheckedWithRules> {
  const checked = await checkConfig(file, text)
  const { config } = checked
  if (config === undefined || JUDGED_SOURCES.every(source => config.rules.files[source].length === 0)) {
    return { ...checked, rules: [] }
  }
  const { described, broken } = await describeRules(await openNative(), config.rules)
  if (broken.length === 0) return { ...checked, rules: described }
  const document = new ConfigDocument(file, text)
  const faults = broken.map(({ source, why }) =>
    document.locate({ code: 'ERR_CONFIG_RULES', path: ['rules', source], message: why }),
  )
  return { ...checked, config: undefined, faults, rules: [] }
}

function answer(
  file: string,
  { config, rules, faults, warnings }: CheckedWithRules,
): Record<string, unknown> {
  const described = config === undefined ? {} : { ...describeConfig(config), rules }
  return { file, valid: config !== undefined, faults, warnings, ...described }
}
