// Lines of alerts, compressed some together: a column of blocks, and an index of how many lines and bytes each of them has.
// Knows nothing of Redis but what lies in a piece. Used where alerts are inserted, sealed and listed.
import { promisify } from 'node:util'
import { deflateRaw, inflateRawSync } from 'node:zlib'

/** Lines that are compressed together. */
export const BLOCK = 32
/** Bytes of a block's entry in the index. */
const ENTRY = 6
/** Beyond, the best of the quick levels: 3 % less than the next, in the same time. */
const LEVEL = 3
/** What most lines hold, so that one alone becomes small too. Part of the layout: other words here are another layout. */
const USUAL = Buffer.from(
  '"proc.aname[2]":"proc.aname[3]":"proc.exeline":"proc.exe_flags":"evt.arg.flags":"evt.hostname":"fd.sip":"fd.sport":"fd.cip":"fd.cport":' +
    '"ka.auth.decision":"allow","ka.req.pod.containers.image":"ka.resp.name":"ka.target.namespace":"ka.target.resource":"ka.user.name":"ka.verb":' +
    '"system:serviceaccount:kube-system:mitre_execution","mitre_persistence","mitre_credential_access","mitre_discovery","PCI_DSS_","NIST_800-53_",' +
    '/usr/sbin/ /usr/local/bin/ /var/lib/ /var/run/secrets/kubernetes.io/serviceaccount/token /etc/shadow /etc/passwd containerd-shim kubelet ' +
    'runc curl bash python3 null,false,true,"Emergency","Alert","Critical","Error","Warning","Notice","Informational","Debug" ' +
    'evt_type=openat user= user_uid= user_loginuid=-1 process= proc_exepath= parent= gparent= ggparent= command= terminal= container_id= ' +
    'container_image= container_image_tag= container_name= k8s_ns= k8s_pod_name= | file= ' +
    '{"uuid":"","output":"","priority":"Warning","rule":"","time":"2026-","source":"k8s_audit","source":"syscall","hostname":"","tags":["T1059","container",' +
    '"filesystem","host","process","network","maturity_incubating","maturity_stable"],"output_fields":{"container.id":"","container.image.repository":"",' +
    '"container.image.tag":"","container.name":"","evt.time":17,"evt.type":"execve","fd.name":"/","k8s.ns.name":"","k8s.pod.name":"","proc.cmdline":"",' +
    '"proc.exepath":"/usr/bin/","proc.name":"","proc.pid":,"proc.pname":"","proc.tty":0,"user.loginuid":-1,"user.name":"root","user.uid":0}}',
)

const compress = promisify<Buffer, { level: number; dictionary: Buffer }, Buffer>(deflateRaw)

/** Lines as the pieces of a chunk. */
export interface PackedLines {
  readonly blocks: Buffer
  readonly index: Buffer
}

/** Compresses lines, which hold no line ends. */
export async function packLines(lines: readonly Buffer[]): Promise<PackedLines> {
  const packing: Promise<Buffer>[] = []
  for (let at = 0; at < lines.length; at += BLOCK) {
    const text = Buffer.concat(lines.slice(at, at + BLOCK).flatMap(line => [line, LINE_END]))
    packing.push(compress(text, { level: LEVEL, dictionary: USUAL }))
  }
  const blocks = await Promise.all(packing)
  const index = Buffer.alloc(blocks.length * ENTRY)
  for (const [at, block] of blocks.entries()) {
    index.writeUInt16LE(Math.min(BLOCK, lines.length - at * BLOCK), at * ENTRY)
    index.writeUInt32LE(block.length, at * ENTRY + 2)
  }
  return { blocks: Buffer.concat(blocks), index }
}

const LINE_END = Buffer.from('\n')

/** The lines of one block. */
export function unpackLines(block: Buffer): string[] {
  const text = inflateRawSync(block, { dictionary: USUAL }).toString('utf8')
  return text.slice(0, -1).split('\n')
}

/** Where a block lies, and which alerts it holds. */
export interface BlockPlace {
  /** Place in the chunk of its first alert. */
  readonly first: number
  readonly count: number
  /** Bytes, from inclusive to exclusive. */
  readonly from: number
  readonly to: number
}

export function blockPlaces(index: Buffer): BlockPlace[] {
  const places: BlockPlace[] = []
  let [first, from] = [0, 0]
  for (let at = 0; at + ENTRY <= index.length; at += ENTRY) {
    const count = index.readUInt16LE(at)
    const to = from + index.readUInt32LE(at + 2)
    places.push({ first, count, from, to })
    first += count
    from = to
  }
  return places
}
