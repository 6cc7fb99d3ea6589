// Shape of the environment/v0.1 predicate as a zod schema; members unknown here are let through.
// Describes, decides nothing. Used by `attestors schema environment`.
import * as z from 'zod'

/** environment/v0.1 as we write it; what only we write is optional. */
export const environmentSchema = z.looseObject({
  os: z.string().describe('linux, darwin or windows'),
  hostname: z.string(),
  username: z.string(),
  variables: z.record(z.string(), z.string()).optional().describe('Sensitive values are ******'),
  kernel_release: z.string().optional().describe('As `uname -r` prints it'),
  architecture: z.string().optional().describe('As `uname -m` prints it'),
  distribution: z
    .looseObject({
      id: z.string().optional().describe('ID of os-release'),
      version: z.string().optional().describe('VERSION_ID of os-release'),
      name: z.string().optional().describe('PRETTY_NAME of os-release'),
    })
    .optional(),
})
