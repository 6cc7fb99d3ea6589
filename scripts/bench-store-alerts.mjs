// Alerts like those of a busy cluster, the same in every run: 40 rules by Zipf's law, 50 hosts, 30 namespaces, over 30 days.
// Used by bench-store.mjs.

const PRIORITIES = ['Notice', 'Warning', 'Notice', 'Critical', 'Error', 'Informational']
const PROCESSES = 'bash sh curl python3 nginx cat find kubectl node java xmrig größe'.split(' ')
const FILES = [
  ...['/etc/shadow', '/etc/passwd', '/root/.ssh/authorized_keys', '/proc/self/environ', '/usr/bin/wget'],
  ...['/var/run/secrets/kubernetes.io/serviceaccount/token', '/tmp/读取.sh', '/dev/shm/x', '/etc/sudoers'],
]
/** 2026-06-01T00:00:00Z in seconds. */
const BEGIN = 1_780_272_000
const DAYS = 30

/**
 * Makes alerts of which `total` fill the days, a line each, by their number; later ones come after those days. Ids are counted from `first`,
 * so that alerts may be made again as others.
 */
export function alertMaker(total, first = 0) {
  let state = 88_172_645
  // xorshift32: the quality of the numbers does not matter, their speed does.
  const roll = limit => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % limit
  }
  const zipf = limit => Math.min(limit - 1, Math.floor((limit + 1) ** ((state >>> 0) / 2 ** 32) - 1))
  const rare = limit => {
    roll(2)
    return zipf(limit)
  }
  const hex = () =>
    roll(2 ** 32)
      .toString(16)
      .padStart(8, '0')
  const step = (DAYS * 86_400) / total
  return number => alertLine({ id: first + number, seconds: BEGIN + number * step, roll, rare, hex })
}

function alertLine({ id, seconds, roll, rare, hex }) {
  const [rule, host, space, pod] = [rare(40), rare(50), rare(30), rare(2000)]
  const [process, file] = [PROCESSES[rare(PROCESSES.length)], FILES[rare(FILES.length)]]
  const container = Math.imul(pod + 1, 2_654_435_761)
    .toString(16)
    .slice(-8)
    .padStart(8, '0')
  const priority = PRIORITIES[rule % PRIORITIES.length]
  const command = `${process} -c open ${file} --job ${rare(5000)}`
  const nanoseconds = String(roll(1_000_000_000)).padStart(9, '0')
  const time = `${new Date(Math.floor(seconds) * 1000).toISOString().slice(0, 19)}.${nanoseconds}Z`
  const [image, name] = [`registry.example.org/team-${space}/web`, `web-${pod % 60}-${pod % 97}`]
  const output =
    `${time.slice(11, -1)}: ${priority} Rule ${rule} saw a file opened by a program that is not trusted (file=${file} ` +
    `gparent=systemd ggparent=containerd-shim evt_type=openat user=root user_uid=0 user_loginuid=-1 process=${process} ` +
    `proc_exepath=/usr/bin/${process} parent=runc command=${command} terminal=0 container_id=${container} ` +
    `container_image=${image} container_name=app-${pod % 40} k8s_ns=team-${space} k8s_pod_name=${name})`
  return (
    `{"uuid":"${hex()}-${hex().slice(4)}-4${hex().slice(5)}-8${hex().slice(5)}-${id.toString(16).padStart(12, '0')}",` +
    `"output":"${output}","priority":"${priority}","rule":"Rule number ${rule} about files","time":"${time}",` +
    `"source":"syscall","hostname":"node-${host}.cluster.local",` +
    `"tags":["T${1000 + rule}","container","filesystem","host","maturity_stable"],"output_fields":{` +
    `"container.id":"${container}","container.image.repository":"${image}","container.name":"app-${pod % 40}",` +
    `"evt.time":${Math.floor(seconds)}${nanoseconds},"evt.type":"openat","fd.name":"${file}","k8s.ns.name":"team-${space}",` +
    `"k8s.pod.name":"${name}","proc.cmdline":"${command}","proc.exepath":"/usr/bin/${process}","proc.name":"${process}",` +
    `"proc.pid":${roll(90_000)},"proc.pname":"runc","user.name":"root","user.uid":0}}\n`
  )
}
