// The files of deploy/ fit each other and what they start: names, ports, paths and times that stand in more than one of them.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { parse, parseAllDocuments } from 'yaml'
import { milliseconds } from '../../src/serve/outputs/quantity.ts'
import { CLI } from '../cli/lanner.ts'
import { serveBench } from '../serve/server/serving.ts'

const FOLDER = fileURLToPath(new URL('../../deploy/', import.meta.url))
const text = (name: string): string => readFileSync(join(FOLDER, name), 'utf8')

// biome-ignore lint/suspicious/noExplicitAny: documents of other programs, read field by field
type Document = any

const manifests: readonly Document[] = parseAllDocuments(text('kubernetes.yaml')).map(each => each.toJS())
const manifest = (kind: string): Document => manifests.find(each => each.kind === kind)
const pod = manifest('StatefulSet').spec.template.spec
const container = pod.containers[0]
const settings: Document = parse(manifest('ConfigMap').data['lanner.yaml'])
const servicePort = (name: string): number =>
  manifest('Service').spec.ports.find((port: Document) => port.name === name).port

/** The value of a flag among words. */
function flag(words: readonly string[], name: string): string {
  return words[words.indexOf(name) + 1] ?? ''
}

test('systemd finds no fault in the unit', t => {
  const { error, status, stdout, stderr } = spawnSync(
    'systemd-analyze',
    ['verify', join(FOLDER, 'lanner.service')],
    {
      encoding: 'utf8',
    },
  )
  if (error !== undefined) {
    t.log('skipped: no systemd-analyze')
    t.pass()
    return
  }
  t.deepEqual([status, stdout + stderr], [0, ''])
})

test('whoever stops the server waits longer than the server does', t => {
  const unit = text('lanner.service')
  const started = /^ExecStart=(.*)$/m.exec(unit)?.[1]?.split(' ') ?? []
  const patience = Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])
  t.true((milliseconds(flag(started, '--stop-after')) ?? Number.NaN) < patience * 1000)
  const inPod = milliseconds(flag(container.args, '--stop-after')) ?? Number.NaN
  t.true(inPod < pod.terminationGracePeriodSeconds * 1000)
  const words: string[] = JSON.parse(/^CMD (\[.*\])$/m.exec(text('Containerfile'))?.[1] ?? '[]')
  // `podman stop` and `docker stop` kill after 10 seconds.
  t.true((milliseconds(flag(words, '--stop-after')) ?? Number.NaN) < 10_000)
})

test('the configuration in the config map is valid', t => {
  const folder = mkdtempSync(join(tmpdir(), 'lanner-deploy-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'lanner.yaml')
  writeFileSync(file, manifest('ConfigMap').data['lanner.yaml'])
  const { status, stderr } = spawnSync(process.execPath, [CLI, 'serve', 'check', '--config', file], {
    encoding: 'utf8',
  })
  t.deepEqual([status, stderr], [0, ''])
})

test('a config map that is written anew is taken over without a restart', async t => {
  const bench = serveBench(t)
  const version = (name: string, tag: string): void => {
    bench.write(
      `${name}/lanner.yaml`,
      `listen: {falco: "127.0.0.1:0"}\nqueue: {path: ../queue}\ntags: [${tag}]\n`,
    )
    // As the kubelet does it: the file is a link through a link to the folder of a version, which is replaced.
    symlinkSync(name, bench.path('..new'))
    renameSync(bench.path('..new'), bench.path('..data'))
  }
  version('..1', 'first')
  symlinkSync('..data/lanner.yaml', bench.path('lanner.yaml'))
  const server = await bench.start()
  version('..2', 'second')
  await server.logged(({ text }) => text === 'configuration taken over')
  t.is(await server.end(), 0)
})

test('what the configuration names is mounted, and what is mounted is there', t => {
  const mounts: { name: string; mountPath: string }[] = container.volumeMounts
  const volumes: string[] = [...pod.volumes, ...manifest('StatefulSet').spec.volumeClaimTemplates].map(
    (volume: Document) => volume.name ?? volume.metadata.name,
  )
  t.deepEqual(mounts.map(({ name }) => name).sort(), volumes.sort())
  const { cert, key } = settings.tls.audit
  for (const path of [
    settings.auth.token.file,
    cert,
    key,
    settings.store.path,
    '/etc/lanner/lanner.yaml',
    '/tmp',
  ]) {
    t.true(
      mounts.some(({ mountPath }) => path === mountPath || path.startsWith(`${mountPath}/`)),
      path,
    )
  }
})

test('the ports of service, container, image and configuration are the same', t => {
  for (const name of ['falco', 'audit', 'page']) {
    const port = servicePort(name)
    t.is(settings.listen[name], `0.0.0.0:${port}`)
    t.is(container.ports.find((each: Document) => each.name === name).containerPort, port)
    t.regex(text('Containerfile'), new RegExp(`^EXPOSE .*\\b${port}\\b`, 'm'))
  }
  t.true(container.readinessProbe.httpGet.port === 'falco' && settings.tls.falco === undefined)
})

test('the API server and Falco find the service', t => {
  const { name, namespace } = manifest('Service').metadata
  const host = `${name}.${namespace}.svc`
  const config: Document = parse(text('audit-webhook.kubeconfig'))
  const [context] = config.contexts
  t.is(config['current-context'], context.name)
  const [{ name: clusterName, cluster }] = config.clusters
  t.deepEqual(context.context, { cluster: clusterName, user: config.users[0].name })
  const url = new URL(cluster.server)
  t.deepEqual([url.protocol, Number(url.port), url.pathname], ['https:', servicePort('audit'), '/k8s-audit'])
  // The certificate is made for this name, as the head of the manifests has it.
  t.is(cluster['tls-server-name'], host)
  t.true(text('kubernetes.yaml').includes(`subjectAltName=DNS:${host} `))
  const { falco, falcosidekick }: Document = parse(text('falco-values.yaml'))
  const { enabled, url: sent } = falco.http_output
  const falcoUrl = new URL(sent)
  t.deepEqual([enabled, falcosidekick.enabled, falco.json_output], [true, false, true])
  t.deepEqual(
    [falcoUrl.hostname, Number(falcoUrl.port), falcoUrl.protocol],
    [host, servicePort('falco'), 'http:'],
  )
  t.not(falcoUrl.password, '')
})
