// Inputs for benchmarks: a capture of events as Falco writes them, and a tree of small files. The same bytes every time.
// Measures nothing. Used by bench.mjs.

import { once } from 'node:events'
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const RULES = [
  ['Read sensitive file untrusted', 'Warning'],
  ['Terminal shell in container', 'Notice'],
  ['Contact K8S API Server From Container', 'Notice'],
  ['Drop and execute new binary in container', 'Critical'],
  ['Packet socket created in container', 'Notice'],
]

/** Writes about `bytes` bytes of events, one a line, each with its own time and 19-digit integer. */
export async function eventsFile(file, bytes) {
  const stream = createWriteStream(file)
  let written = 0
  for (let index = 0; written < bytes; index += 500) {
    let text = ''
    for (let each = index; each < index + 500; each += 1) text += `${event(each)}\n`
    written += text.length
    if (!stream.write(text)) await once(stream, 'drain')
  }
  stream.end()
  await once(stream, 'finish')
}

function event(index) {
  const [rule, priority] = RULES[(index * 7) % 5]
  const nanoseconds = 1_780_051_808_000_000_000n + BigInt(index) * 1_371_137n
  const time = `${new Date(Number(nanoseconds / 1_000_000n)).toISOString().slice(0, 19)}.${String(nanoseconds % 1_000_000_000n).padStart(9, '0')}Z`
  const container = (0xc7b94d019e26 + (index % 97)).toString(16)
  const pod = `worker-${index % 211}`
  const fields = `"container.id":"${container}","container.image.repository":"registry.example.org/shop/worker","container.image.tag":"1.${index % 9}","container.name":"worker","evt.time.iso8601":${nanoseconds},"evt.type":"openat","fd.name":"/etc/shadow","k8s.ns.name":"shop","k8s.pod.name":"${pod}","proc.aname[2]":"sh","proc.aname[3]":"containerd-shim","proc.aname[4]":null,"proc.cmdline":"cat /etc/shadow","proc.exepath":"/bin/busybox","proc.name":"cat","proc.pname":"sh","proc.tty":0,"user.loginuid":-1,"user.name":"root","user.uid":0`
  const output = `${time}: ${priority} ${rule} | file=/etc/shadow gparent=sh ggparent=containerd-shim gggparent=<NA> evt_type=openat user=root user_uid=0 user_loginuid=-1 process=cat proc_exepath=/bin/busybox parent=sh command=cat /etc/shadow terminal=0 container_id=${container} container_name=worker container_image_repository=registry.example.org/shop/worker container_image_tag=1.${index % 9} k8s_pod_name=${pod} k8s_ns_name=shop`
  return `{"hostname":"node-${index % 12}","output":"${output}","output_fields":{${fields}},"priority":"${priority}","rule":"${rule}","source":"syscall","tags":["T1555","container","filesystem","host","maturity_stable","mitre_credential_access"],"time":"${time}"}`
}

/** Makes `count` files of 0.5 to 8 kB, a hundred to a folder, no two alike. */
export function filesTree(directory, count) {
  for (let index = 0; index < count; index += 1) {
    const folder = join(directory, `d${Math.floor(index / 100)}`)
    if (index % 100 === 0) mkdirSync(folder, { recursive: true })
    const line = `file ${index} of a tree, with a line that is long enough to look like source code\n`
    writeFileSync(join(folder, `f${index}.txt`), line.repeat(6 + ((index * 37) % 92)))
  }
}
