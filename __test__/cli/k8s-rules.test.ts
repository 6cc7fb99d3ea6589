// The rules that are shipped for Kubernetes audit logs: each gives its alert on what it is for, and none on what only looks alike.
// Events are made after the audit.k8s.io/v1 types. Started by ava.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { alertsOf, detectBench } from './detecting.ts'

const RULES = fileURLToPath(new URL('../../rules/k8s_audit.yaml', import.meta.url))

type Json = Readonly<Record<string, unknown>>

/** Parts of an event that differ from the one below. */
interface Differing {
  readonly user?: string
  readonly verb?: string
  readonly uri?: string
  readonly stage?: string
  readonly code?: number
  readonly object?: Json
  readonly request?: Json
}

/** An event of a person who got an answer. */
function event({ user = 'jane', verb = 'create', uri = '/', code = 201, ...rest }: Differing): string {
  return JSON.stringify({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'RequestResponse',
    auditID: 'f2a1c6de-33a5-4fd1-9c61-6d0a6b7c1b11',
    stage: rest.stage ?? 'ResponseComplete',
    requestURI: uri,
    verb,
    user: { username: user, groups: ['system:authenticated'] },
    sourceIPs: ['10.4.7.19'],
    userAgent: 'kubectl/v1.34.1 (linux/amd64) kubernetes/aaaaaaa',
    ...(rest.object === undefined ? {} : { objectRef: { apiVersion: 'v1', ...rest.object } }),
    responseStatus: { metadata: {}, code },
    ...(rest.request === undefined ? {} : { requestObject: rest.request, responseObject: rest.request }),
    requestReceivedTimestamp: '2026-11-20T09:12:44.118203Z',
    stageTimestamp: '2026-11-20T09:12:44.131771Z',
  })
}

const pod = (spec: Json): Pick<Differing, 'object' | 'request'> => ({
  object: { resource: 'pods', namespace: 'shop', name: 'debug' },
  request: { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'debug', namespace: 'shop' }, spec },
})
const container = (security: Json): Json => ({
  containers: [{ name: 'main', image: 'registry.example/shop/api:4.2', securityContext: security }],
})
const inPod = (subresource: string): Differing => ({
  object: { resource: 'pods', namespace: 'shop', name: 'api-6d5b9c7f4-x2lqp', subresource },
})
const volume = (path: string): Json => ({
  ...container({}),
  volumes: [{ name: 'host', hostPath: { path } }],
})
const secret: Differing = {
  verb: 'get',
  code: 200,
  object: { resource: 'secrets', namespace: 'shop', name: 'db' },
}
const map = (data: Json): Differing => ({
  object: { resource: 'configmaps', namespace: 'shop', name: 'settings' },
  request: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'settings' }, data },
})
const binding = (role: string): Differing => ({
  object: { resource: 'clusterrolebindings', name: 'friends', apiGroup: 'rbac.authorization.k8s.io' },
  request: {
    kind: 'ClusterRoleBinding',
    metadata: { name: 'friends' },
    roleRef: { kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'User', name: 'mallory' }],
  },
})
const role = (verbs: readonly string[], resources: readonly string[]): Differing => ({
  object: { resource: 'clusterroles', name: 'helper', apiGroup: 'rbac.authorization.k8s.io' },
  request: {
    kind: 'ClusterRole',
    metadata: { name: 'helper' },
    rules: [{ apiGroups: [''], verbs, resources }],
  },
})
const account = (namespace: string): Differing => ({
  object: { resource: 'serviceaccounts', namespace, name: 'agent' },
  request: { kind: 'ServiceAccount', metadata: { name: 'agent', namespace } },
})

/** By rule: an event it is about, and one that it is not about. */
const CASES: Readonly<Record<string, readonly [fires: Differing, silent: Differing]>> = {
  'Shell in a pod': [inPod('exec'), { ...inPod('exec'), stage: 'ResponseStarted' }],
  'Port of a pod forwarded': [inPod('portforward'), inPod('log')],
  'Debugging container added': [
    { ...inPod('ephemeralcontainers'), verb: 'patch' },
    { ...inPod('status'), verb: 'patch' },
  ],
  'Privileged container': [pod(container({ privileged: true })), pod(container({ privileged: false }))],
  "Pod shares the node's namespaces": [
    pod({ ...container({}), hostPID: true }),
    {
      ...pod({ ...container({}), hostNetwork: true }),
      user: 'system:serviceaccount:kube-system:daemon-set-controller',
    },
  ],
  'Folder of the node mounted': [pod(volume('/var/run/docker.sock')), pod(volume('/srv/data'))],
  'Secret read': [secret, { ...secret, user: 'system:serviceaccount:shop:api' }],
  'Credentials in a config map': [map({ env: 'AWS_SECRET_ACCESS_KEY=abc' }), map({ greeting: 'hello' })],
  'Cluster given away': [binding('cluster-admin'), binding('view')],
  'Role for everything': [role(['*'], ['pods']), role(['get'], ['pods'])],
  'Role for shells': [role(['create'], ['pods/exec']), role(['create'], ['pods'])],
  'Anonymous request allowed': [
    { user: 'system:anonymous', verb: 'get', code: 200, uri: '/api/v1/nodes' },
    { user: 'system:anonymous', verb: 'get', code: 200, uri: '/readyz?verbose' },
  ],
  'Account made in a namespace of the cluster': [account('kube-system'), account('shop')],
}

/** Events whose rules are asked for in one run, told apart by their `auditID`. */
test('every shipped rule for audit logs gives its alert on what it is for, and none on what looks alike', async t => {
  const place = detectBench(t)
  const differing = Object.values(CASES).flat()
  const lines = differing.map((each, index) =>
    event(each).replace('f2a1c6de', String(index).padStart(8, '0')),
  )
  const log = place.write('events.jsonl', lines.join('\n'))
  const found = alertsOf(
    await place.detect(
      '-q',
      '--rule-matching',
      'all',
      '-o',
      'append_output[]={"extra_fields":["jevt.value[/auditID]"]}',
      '-r',
      RULES,
      log,
    ),
  )
  const byEvent = differing.map((_, index) =>
    found
      .filter(
        ({ output_fields: fields }) => Number(String(fields['jevt.value[/auditID]']).slice(0, 8)) === index,
      )
      .map(({ rule }) => rule),
  )
  const expected = Object.keys(CASES).flatMap(rule => [[rule], []])
  t.deepEqual(byEvent, expected)
})

test('every shipped rule for audit logs has a case', t => {
  const shipped = [...readFileSync(RULES, 'utf8').matchAll(/^- rule: (.*)$/gm)].map(([, name]) => name ?? '')
  t.deepEqual(shipped.sort(), Object.keys(CASES).sort())
})
