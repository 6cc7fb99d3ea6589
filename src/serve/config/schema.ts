// The shape of `lanner.yaml`: keys, types, defaults. Unknown keys are faults.
// Checks each value alone; `consistency.ts` checks them against each other. Used by `read-config.ts`.
import * as z from 'zod/mini'
import type { DedupConfig, GroupConfig, RateConfig } from './config.ts'
import { secretReference, textReference } from './secret-reference.ts'
import { listenAddress, listOf, otherwise, priority, size, span, text, whole } from './values.ts'

const optional = <Schema extends z.ZodMiniType>(
  schema: Schema,
): z.ZodMiniType<z.output<Schema> | undefined> =>
  z.pipe(
    z.nullish(schema),
    z.transform(value => value ?? undefined),
  ) as never

const clientTls = optional(z.strictObject({ ca: optional(text), cert: optional(text), key: optional(text) }))

const certificates = { cert: optional(text), key: optional(text), clientCa: optional(text) }
const ownTls = optional(z.union([z.literal(false), z.strictObject(certificates)]))

const listen = z.strictObject({
  falco: optional(listenAddress),
  audit: optional(listenAddress),
  page: optional(listenAddress),
})

const auth = z.strictObject({
  token: listOf(secretReference),
  proxyHeader: optional(
    z.string('expected text').check(z.regex(/^[A-Za-z0-9-]+$/, 'is no name of an HTTP header')),
  ),
})

const tls = z.strictObject({ ...certificates, falco: ownTls, audit: ownTls, page: ownTls })

const limits = z.strictObject({
  body: otherwise(size, () => 100e6),
  bodies: otherwise(size, () => 256e6),
  alert: otherwise(size, () => 2 ** 20),
  rate: optional(z.strictObject({ perSecond: whole(), burst: optional(whole()) })),
  connections: otherwise(whole(), () => 4096),
  headerTimeout: otherwise(span, () => 10_000),
  requestTimeout: otherwise(span, () => 60_000),
})

const unbounded = { age: undefined, size: undefined }
const retention = otherwise(z.strictObject({ age: optional(span), size: optional(size) }), () => unbounded)

const store = z.strictObject({
  path: optional(text),
  url: optional(textReference),
  username: optional(textReference),
  password: optional(secretReference),
  tls: clientTls,
  retention,
})

const queue = z.strictObject({
  path: optional(text),
  limit: otherwise(size, () => 10e9),
  url: listOf(textReference),
  worker: optional(text),
  stream: otherwise(
    z.string('expected text').check(z.regex(/^[\w-]+$/, 'may have letters, digits, `_` and `-` only')),
    () => 'lanner',
  ),
  replicas: otherwise(whole(1, 5), () => 1),
  token: optional(secretReference),
  credentials: optional(secretReference),
  tls: clientTls,
})

const rules = z.strictObject({
  k8s_audit: listOf(text),
  aws_cloudtrail: listOf(text),
  priority: otherwise(priority, () => 'Debug' as const),
  disable: listOf(text),
  enable: listOf(text),
})

const follow = z.strictObject({
  file: text,
  source: z.enum(['falco', 'k8s_audit', 'aws_cloudtrail'], 'expected falco, k8s_audit or aws_cloudtrail'),
})

const fieldValue = z.union(
  [
    z.string(),
    z.pipe(
      z.union([z.number(), z.boolean()]),
      z.transform(value => String(value)),
    ),
    z.strictObject({ env: text }),
  ],
  'expected text or {env: NAME}',
)

const name = z
  .string('expected text')
  .check(z.regex(/^[\w][\w. -]{0,62}$/, 'may have letters, digits, blanks, `_`, `.` and `-`, 63 at most'))

/** One output; its own schema sees the rest. */
const output = z.looseObject({ type: text })

const group: z.ZodMiniType<GroupConfig> = z.strictObject({
  by: listOf(text, ['rule']),
  wait: otherwise(span, () => 30_000),
  most: otherwise(whole(2, 100_000), () => 1000),
}) as never

const dedup: z.ZodMiniType<DedupConfig> = z.strictObject({
  by: listOf(text, ['rule', 'hostname']),
  for: span,
}) as never
const rate: z.ZodMiniType<RateConfig> = z.strictObject({
  limit: whole(),
  per: otherwise(span, () => 60_000),
}) as never

const route = z.strictObject({
  name: optional(name),
  match: optional(text),
  priority: otherwise(priority, () => 'Debug' as const),
  source: listOf(text),
  rules: listOf(text),
  tags: listOf(text),
  outputs: listOf(text),
  group: optional(group),
  dedup: optional(dedup),
  rate: optional(rate),
  template: optional(text),
  continue: otherwise(z.boolean('expected true or false'), () => true),
})

const seal = z.strictObject({
  key: text,
  passphrase: optional(secretReference),
  directory: text,
  every: otherwise(span, () => 300_000),
  alerts: otherwise(whole(), () => 100_000),
  retention,
})

const page = z.strictObject({
  title: otherwise(text, () => 'Lanner'),
  url: optional(z.url({ protocol: /^https?$/, error: 'expected an http or https address' })),
})

const empty = <Schema extends z.ZodMiniType>(schema: Schema): z.ZodMiniType<z.output<Schema>> =>
  z.pipe(
    z.transform(value => value ?? {}),
    schema as z.ZodMiniType<z.output<Schema>, object>,
  ) as never

/** The whole document. */
export const configSchema = z.strictObject({
  listen: empty(listen),
  auth: empty(auth),
  tls: empty(tls),
  limits: empty(limits),
  store: optional(store),
  queue: empty(queue),
  rules: empty(rules),
  follow: listOf(follow),
  fields: otherwise(z.record(text, fieldValue), () => ({})),
  tags: listOf(text),
  outputs: otherwise(z.record(name, output), () => ({})),
  routes: listOf(route),
  seal: optional(seal),
  page: empty(page),
})

/** The document once its shape was checked. */
export type ConfigShape = z.output<typeof configSchema>
