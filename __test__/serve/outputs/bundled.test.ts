// Outputs that load packages work in the bundle as they do from source: modules look different there.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test from 'ava'
import { build } from 'esbuild'
import { REQUIRE } from '../../../scripts/bundle.mjs'
import type * as registry from '../../../src/serve/outputs/registry.ts'
import { folder, hardAlerts, patient } from './bench.ts'

test('bundled outputs find what they need in the packages they load', async t => {
  const outdir = folder(t)
  await build({
    entryPoints: [join(import.meta.dirname, '../../../src/serve/outputs/registry.ts')],
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minifySyntax: true,
    banner: { js: REQUIRE },
    outExtension: { '.js': '.mjs' },
    logLevel: 'silent',
  })
  const bundled = (await import(pathToFileURL(join(outdir, 'registry.mjs')).href)) as typeof registry
  const nobody = {
    redis: { url: 'redis://127.0.0.1:1' },
    nats: { servers: 'nats://127.0.0.1:1' },
    smtp: { host: '127.0.0.1', port: 1, from: 'a@example.org', to: ['b@example.org'] },
  }
  const context = { name: 'x', machine: 'm', environment: {}, directory: outdir, now: Date.now }
  for (const [type, options] of Object.entries(nobody)) {
    const { schema } = (await bundled.outputKind(type)?.load()) ?? {}
    const config = schema?.parse({ type, ...options })
    if (config === undefined) return t.fail(type)
    const output = await bundled.openOutput(config, context)
    const { message } = (await output
      .deliver(hardAlerts(1), patient())
      .catch((thrown: Error) => thrown)) as Error
    t.regex(message, /connection refused/, type)
    await output.close()
  }
  const kafka = (await bundled.outputKind('kafka')?.load())?.schema.parse({
    type: 'kafka',
    topic: 't',
    brokers: ['a:1'],
  })
  if (kafka !== undefined)
    await t.throwsAsync(bundled.openOutput(kafka, context), { code: 'ERR_CONFIG_KAFKA_CLIENT' })
})
