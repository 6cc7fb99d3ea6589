// Delivers alerts nowhere: counts them for the server's own metrics page, by rule, priority, source and chosen labels.
// Keeps no count itself; the server does. Loaded by `registry.ts`.
import * as z from 'zod'
import { commonOptions, IN_BULK } from './common-options.ts'
import type { Opening } from './opening.ts'
import type { Output } from './output.ts'
import { Template, templateText } from './template.ts'

/** Options of `type: prometheus`. */
export const prometheusSchema = z.strictObject({
  ...commonOptions('prometheus', { ...IN_BULK, wait: '0' }),
  labels: z
    .record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'expected letters, digits and `_`'), templateText)
    .default({})
    .describe('More labels, as templates'),
})

type Config = z.output<typeof prometheusSchema>

/** Opens it. */
export async function openPrometheus(config: Config, { context }: Opening): Promise<Output> {
  const more = Object.entries(config.labels).map(([name, text]) => [name, new Template(text)] as const)
  return {
    deliver: async alerts => {
      for (const alert of alerts) {
        const { rule, priority, source } = alert.content
        const labels = more.map(([name, template]) => [name, template.render(alert)] as const)
        context.matched?.({ ...Object.fromEntries(labels), rule, priority, source })
      }
    },
    close: async () => undefined,
  }
}
