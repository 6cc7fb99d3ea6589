// Shape of the command-run/v0.1 predicate as a zod schema; members unknown here are let through.
// Describes, decides nothing. Used by `attestors schema command-run`.
import * as z from 'zod'
import { tracingSchema } from './tracing.ts'

const digest = z.looseObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) })
const text = 'The first bytes as text, secrets replaced by [REDACTED]; omitted when empty'
const whole = 'Digest of every byte the command wrote there'

/** command-run/v0.1 as we write it; what only we write is optional. */
export const commandRunSchema = z.looseObject({
  cmd: z.array(z.string()).describe('The command and its arguments'),
  exitcode: z
    .int()
    .describe("The command's own; 128 + n when a signal ended it, 127 not found, 126 not executable"),
  stdout: z.string().optional().describe(text),
  stdout_digest: digest.optional().describe(whole),
  stdout_bytes: z.int().nonnegative().optional(),
  stdout_truncated: z.literal(true).optional().describe('`stdout` leaves off bytes'),
  stderr: z.string().optional().describe(text),
  stderr_digest: digest.optional().describe(whole),
  stderr_bytes: z.int().nonnegative().optional(),
  stderr_truncated: z.literal(true).optional().describe('`stderr` leaves off bytes'),
  output_incomplete: z
    .literal(true)
    .optional()
    .describe('A process left behind held an output open; it was closed'),
  signal: z.string().optional().describe('Name of the signal that ended the command'),
  error: z.enum(['not_found', 'not_executable']).optional().describe('Why the command never started'),
  tty: z.literal(true).optional().describe('The command had our own descriptors; neither output is recorded'),
  processes: z
    .array(z.looseObject({ processid: z.int(), parentpid: z.int() }))
    .optional()
    .describe('What a traced command ran, each process with the files, names and addresses it used'),
  tracing: tracingSchema.optional().describe('Absent when tracing was not asked for'),
})
