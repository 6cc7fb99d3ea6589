// Shapes of traced processes as command-run carries them: v0.1 flat (cilock's names and ours), v0.2 with its tables.
// Lenient: what is missing or of another type is left out, for a report shows what there is. Used by `traced-run.ts`.
import * as z from 'zod'

const text = z.string().optional().catch(undefined)
const number = z.number().optional().catch(undefined)
const flag = z.boolean().optional().catch(undefined)
const digests = z.record(z.string(), z.string()).nullish().catch(undefined)

/** A list whose malformed elements are left out; absent is empty. */
const list = <Element extends z.ZodType>(element: Element): z.ZodType<z.output<Element>[]> =>
  z
    .array(element.nullish().catch(undefined))
    .nullish()
    .catch(undefined)
    .transform(all => (all ?? []).filter(each => each != null) as z.output<Element>[])

const network = z
  .object({
    connections: list(
      z.object({
        syscall: text,
        family: text,
        address: text,
        port: number,
        count: number,
        in_progress: flag,
      }),
    ),
    dnsLookups: list(z.object({ serverAddress: text, serverPort: number })),
  })
  .nullish()
  .catch(undefined)

const fileOps = z
  .object({
    writes: list(z.object({ path: z.string() })),
    renames: list(z.object({ oldPath: z.string(), newPath: z.string() })),
    deletes: list(z.object({ path: z.string() })),
    permChanges: list(z.object({ path: z.string(), mode: z.union([z.string(), z.number()]).optional() })),
  })
  .nullish()
  .catch(undefined)

const shared = {
  processid: z.int(),
  parentpid: z.int(),
  network,
  fileOps,
  exitcode: number,
}

/** A process of v0.1; the members after `exitcode` are ours. */
export const processSchema = z.object({
  ...shared,
  program: text,
  programdigest: digests,
  comm: text,
  cmdline: text,
  exedigest: digests,
  openedfiles: z.record(z.string(), digests).nullish().catch(undefined),
  writtenDigests: z.record(z.string(), digests).nullish().catch(undefined),
  unhashedOpens: list(z.object({ path: z.string(), reason: text })),
  start: text,
  end: text,
  argv: z.array(z.string()).optional().catch(undefined),
  cwd: text,
  exe: text,
  uid: number,
  signal: z.union([z.number(), z.string()]).optional().catch(undefined),
  left_running: flag,
  executions: list(
    z.object({
      time: text,
      program: text,
      argv: z.array(z.string()).optional(),
      exe: text,
      exedigest: digests,
    }),
  ),
  files: list(
    z.object({
      path: z.string(),
      uses: z.array(z.string()).optional(),
      count: number,
      outside: flag,
    }),
  ),
  attempts: list(
    z.object({
      call: z.string(),
      path: text,
      address: z.object({ address: text, port: number }).optional().catch(undefined),
      detail: text,
      error: z.string(),
      count: number,
    }),
  ),
})

const file = z.object({ pathId: z.int(), digestId: z.int().optional() })

/** A process of v0.2: numbers stand for entries of the tables. */
export const internedProcessSchema = z.object({
  ...shared,
  commId: number,
  execPathId: number,
  cmdlineId: number,
  programDigestId: number,
  exeDigestId: number,
  openedFiles: list(file),
  writtenFiles: list(file),
  unhashedOpens: list(z.object({ pathId: z.int(), reason: text })),
})

/** The tables of v0.2. */
export const tablesSchema = z.object({
  digests: z.array(z.object({ digests })).nullish().catch(undefined),
  paths: z.array(z.string()).nullish().catch(undefined),
  comms: z.array(z.string()).nullish().catch(undefined),
  cmdlines: z.array(z.string()).nullish().catch(undefined),
})
