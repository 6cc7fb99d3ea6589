// The list of kinds of output, each loaded when it is used, and the one way to open an output.
// The only place to add a kind to. Used by the configuration (schemas) and by the server (`openOutput`).
import type { ZodType } from 'zod'
import { LannerError } from '../../error.ts'
import type { CommonOptions } from './common-options.ts'
import { Opening, type OutputContext } from './opening.ts'
import type { Output } from './output.ts'

/** A kind that was loaded. */
export interface OutputKind {
  /** Checks the body of an output, its `type` included, and fills in what was not said. */
  readonly schema: ZodType<CommonOptions>
  /** Opens an output with what `schema` gave; use {@link openOutput}. */
  readonly open: (config: CommonOptions, opening: Opening) => Promise<Output>
}

/** A kind as it is listed. */
export interface RegisteredOutput {
  /** Its `type` in the configuration. */
  readonly type: string
  /** What it is, in a few words. */
  readonly summary: string
  readonly load: () => Promise<OutputKind>
}

function kind<Config extends CommonOptions>(
  schema: ZodType<Config>,
  open: (config: Config, opening: Opening) => Promise<Output>,
): OutputKind {
  return { schema, open: (config, opening) => open(config as Config, opening) }
}

/** All kinds, by name. */
export const OUTPUT_KINDS: readonly RegisteredOutput[] = [
  {
    type: 'file',
    summary: 'lines appended to a file, rotated',
    load: async () => {
      const { fileSchema, openFile } = await import('./file.ts')
      return kind(fileSchema, openFile)
    },
  },
  {
    type: 'program',
    summary: 'a program of this machine, alerts on its standard input',
    load: async () => {
      const { programSchema, openProgram } = await import('./program.ts')
      return kind(programSchema, openProgram)
    },
  },
  {
    type: 'webhook',
    summary: 'any HTTP address, alerts as JSON or by a template',
    load: async () => {
      const { webhookSchema, openWebhook } = await import('./webhook.ts')
      return kind(webhookSchema, openWebhook)
    },
  },
]

/** The kind of that `type`, or `undefined`. */
export function outputKind(type: string): RegisteredOutput | undefined {
  return OUTPUT_KINDS.find(registered => registered.type === type)
}

/**
 * Opens an output. `config` is what the kind's schema gave. Throws `ERR_CONFIG_*` for secrets, files and addresses that can't
 * be had. No message of a delivery shows a secret.
 */
export async function openOutput(config: CommonOptions, context: OutputContext): Promise<Output> {
  const registered = outputKind(config.type)
  if (registered === undefined) {
    throw new LannerError('ERR_CONFIG_OUTPUT', `there is no output of type \`${config.type}\``, { exit: 2 })
  }
  const opening = new Opening(context)
  const { open } = await registered.load()
  const output = await open(config, opening)
  return {
    deliver: async (alerts, signal) => {
      try {
        await output.deliver(alerts, signal)
      } catch (thrown) {
        throw opening.cleanFault(thrown)
      }
    },
    close: () => output.close(),
  }
}
