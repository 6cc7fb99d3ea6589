// The flags of every command that applies rules to events: which rules, for which source, written how.
// Parses words only; loads nothing until asked. Used by `detect`, `rules explain` and `rules coverage`.
import { Command, Option } from 'clipanion'
import { alertHostname } from '../detect/alert-hostname.ts'
import { type EngineOptions, parseEngineOptions } from '../detect/engine-options.ts'
import { loadWarnings } from '../detect/load-report.ts'
import { openRuleBook } from '../detect/rule-book.ts'
import { choicesIn } from '../detect/rule-choice.ts'
import { parsePriority, parseSource, type Source } from '../detect/source.ts'
import type { DetectionSettings, Native, RuleBook } from '../native/native.ts'
import { writeAll } from '../terminal/output.ts'
import { containerOf } from './container-flags.ts'
import type { LannerContext } from './context.ts'
import { parseChoice, parseSwitch } from './flag-values.ts'

/** Options that those commands share; names as Falco's where it has them. */
export abstract class RulesCommand extends Command<LannerContext> {
  rules: string[] = Option.Array('-r,--rules', {
    required: true,
    description: 'Rule file, or directory of rule files; repeatable, loaded in order',
  })
  source: string | undefined = Option.String('--source', {
    description: 'k8s_audit, aws_cloudtrail, falco or syscall (default: the one the rules are for)',
  })
  matching: string | undefined = Option.String('--rule-matching', {
    description: 'first (default): an event alerts once; all: with every rule that matches',
  })
  engine: string[] | undefined = Option.Array('-o,--option', {
    description: "Falco's configuration, as `json_output=false`; repeatable",
  })
  priority: string | undefined = Option.String('--priority', {
    description: 'Least urgent priority of the rules that take part (default debug)',
  })
  enable: string[] | undefined = Option.Array('--enable', {
    description: 'Rules to switch on: NAME with `*`, or tag:TAG; applied in order with --disable',
  })
  disable: string[] | undefined = Option.Array('--disable', {
    description: 'Rules to switch off: NAME with `*`, or tag:TAG',
  })
  falcoCompat: string | boolean | undefined = Option.String('--falco-compat', {
    tolerateBoolean: true,
    description: "Reproduce the faults of Falco's plugins that are mended here",
  })

  asContainer: string | undefined = Option.String('--as-container', {
    description: 'Source syscall: the step ran in this container, NAME or NAME=IMAGE; fills `container.*`',
  })
  asPrivileged: string | boolean | undefined = Option.String('--as-privileged', {
    tolerateBoolean: true,
    description: 'The container of --as-container is privileged',
  })

  /** What the words mean. Throws usage errors. */
  engineOptions(): EngineOptions {
    const options = parseEngineOptions(this.engine ?? [])
    return {
      ...options,
      ...(this.matching === undefined
        ? {}
        : { matching: parseChoice('--rule-matching', this.matching, ['first', 'all']) }),
      ...(this.priority === undefined ? {} : { priority: parsePriority('--priority', this.priority) }),
      // Those of `-o` are among them, in their place.
      choices: choicesIn(this.context.words),
    }
  }

  /** The source that was named. */
  namedSource(): Source | undefined {
    return this.source === undefined ? undefined : parseSource('--source', this.source)
  }

  /** The rules, or `undefined` after telling on stderr why they don't load. Warnings are told too. */
  async openRules(native: Native, { priority, choices }: EngineOptions): Promise<RuleBook | undefined> {
    const book = await openRuleBook(native, { named: this.rules, priority, choices })
    const warned = loadWarnings(book.reportJson()).length > 0
    if (!book.successful || warned) await writeAll(this.context.stderr, book.reportText())
    return book.successful ? book : undefined
  }

  /** How the addon is to judge and write. */
  settings(source: Source, options: EngineOptions): DetectionSettings {
    const { matching, appended, staticFields, ...rest } = options
    const { json, includeOutput, includeMessage, includeFields, includeTags, isoTime, base64 } = rest
    return {
      source,
      matchAll: matching === 'all',
      falcoCompat: parseSwitch('--falco-compat', this.falcoCompat),
      hostname: alertHostname(this.context.env),
      // JavaScript counts minutes west.
      utcOffset: -60 * new Date().getTimezoneOffset(),
      ...containerOf({ source, container: this.asContainer, privileged: this.asPrivileged }),
      output: {
        ...{ json, includeOutput, includeMessage, includeFields, includeTags, isoTime, base64 },
        appended: appended.map(({ tags, fields, ...entry }) => ({
          ...entry,
          tags: [...tags],
          fields: fields.map(field => ({ ...field })),
        })),
        staticFields: Object.entries(staticFields).map(([name, text]) => ({ name, text })),
      },
    }
  }
}
