// A queue's consumer over an array, which can be handed from one sealer to the next as a queue on disk survives a crash; and a
// place with a key and a directory for windows. Knows nothing of what a test expects.
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { createSigner, type Signer } from '../../../src/envelope/signer.ts'
import { type Native, openNative } from '../../../src/native/native.ts'
import { type Clock, systemClock } from '../../../src/serve/clock.ts'
import { type ChainReport, verifyChain } from '../../../src/serve/evidence/chain.ts'
import {
  type PrunedWindows,
  type RetentionLimits,
  WindowRetention,
} from '../../../src/serve/evidence/retention.ts'
import { type SealedWindow, Sealer, type SealerParts } from '../../../src/serve/evidence/sealer.ts'
import type { AlertBatch, QueueConsumer, TakeLimit } from '../../../src/serve/queue/queue.ts'

interface Entry {
  readonly id: string
  readonly line: string
  readonly position: bigint
}

/** See the file. */
export class Received implements QueueConsumer {
  readonly name = 'evidence'
  readonly entries: Entry[] = []
  readonly #settled = new Set<bigint>()
  #next = 0
  #arrived: () => void = () => undefined

  /** Accepts lines; gives their ids. */
  post(...lines: readonly string[]): string[] {
    const added = lines.map((line, at) => ({
      id: randomUUID(),
      line,
      position: BigInt(this.entries.length + at + 1),
    }))
    this.entries.push(...added)
    this.#arrived()
    return added.map(({ id }) => id)
  }

  get depth(): number {
    return this.entries.length - this.#settled.size
  }

  async take({ alerts, raw }: TakeLimit, signal: AbortSignal): Promise<AlertBatch | undefined> {
    if (raw !== true) throw new TypeError('evidence is of raw lines')
    while (this.#next >= this.entries.length) {
      if (signal.aborted) return undefined
      await new Promise<void>(done => {
        this.#arrived = done
        signal.addEventListener('abort', () => done(), { once: true })
      })
    }
    const taken = this.entries.slice(this.#next, this.#next + alerts)
    this.#next += taken.length
    const open = taken.filter(({ position }) => !this.#settled.has(position))
    return {
      count: open.length,
      lines: Buffer.from(open.map(({ line }) => `${line}\n`).join('')),
      ids: Buffer.from(open.map(({ id }) => id.replaceAll('-', '')).join(''), 'hex'),
      positions: BigUint64Array.from(open.map(({ position }) => position)),
      accepted: BigInt64Array.from(open.map(({ position }) => 1_770_000_000_000_000_000n + position)),
    }
  }

  settle(positions: BigUint64Array): void {
    for (const position of positions) this.#settled.add(position)
  }

  rewind(): void {
    this.#next = 0
  }

  /** What a crash leaves of a queue: everything is handed out again but what was settled. */
  reopened(forget = 0): Received {
    const again = new Received()
    again.entries.push(...this.entries)
    const kept = [...this.#settled].slice(0, this.#settled.size - forget)
    again.settle(BigUint64Array.from(kept))
    return again
  }
}

/** One alert as Falco posts it, with a number no JavaScript number holds. */
export function alertLine(number: number, priority = 'Warning'): string {
  return `{"rule":"Rule ${number % 3}","priority":"${priority}","time":"2026-11-19T08:14:0${number % 10}Z","output":"alert ${number}","output_fields":{"evt.time":17800518087171415${number % 10}6}}`
}

/** A place for one chain. */
export interface EvidencePlace {
  readonly native: Native
  readonly root: string
  readonly directory: string
  readonly signer: Signer
  readonly publicKey: KeyObject
  readonly keyFile: string
  readonly publicKeyFile: string
  readonly sealed: SealedWindow[]
  readonly heard: unknown[]
  readonly pruned: PrunedWindows[]
  retention(limits: Partial<RetentionLimits>, clock?: Clock, directory?: string): WindowRetention
  sealer(queue: Received, parts?: Partial<SealerParts>): Sealer
  verify(claim?: { key?: KeyObject; head?: string; directory?: string }): Promise<ChainReport>
}

/** Sets a place up. */
export async function evidencePlace(t: ExecutionContext): Promise<EvidencePlace> {
  const native = await openNative()
  const root = mkdtempSync(join(tmpdir(), 'lanner-evidence-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const publicKeyFile = join(root, 'seal.pub.pem')
  writeFileSync(publicKeyFile, publicKey.export({ format: 'pem', type: 'spki' }))
  const keyFile = join(root, 'seal.pem')
  writeFileSync(keyFile, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 })
  const scratch = join(root, 'scratch')
  mkdirSync(scratch)
  const directory = join(root, 'windows')
  const signer = createSigner(privateKey, 'seal.pem')
  const sealed: SealedWindow[] = []
  const heard: unknown[] = []
  const pruned: PrunedWindows[] = []
  return {
    ...{ native, root, directory, signer, keyFile, publicKeyFile, sealed, heard, pruned },
    publicKey: createPublicKey(signer.publicKeyPem),
    retention: ({ age, size }, clock = systemClock, other = directory) =>
      new WindowRetention({
        ...{ native, signer, directory: other, clock, limits: { age, size } },
        pruned: windows => pruned.push(windows),
      }),
    sealer: (queue, parts = {}) =>
      new Sealer({
        ...{ native, signer, directory, consumer: queue, clock: systemClock },
        ...{ cluster: 'prod', host: 'node-1', every: 60_000, alerts: 1000 },
        depth: () => queue.depth,
        sealed: window => sealed.push(window),
        heard: thrown => heard.push(thrown),
        ...parts,
      }),
    verify: ({ key = publicKey, head, directory: other = directory } = {}) =>
      verifyChain({ native, key, scratch, work: new native.Work() }, { directory: other, head }),
  }
}

/** Seals those lines in windows of `size` and ends; gives the queue and the ids. */
export async function sealedChain(
  place: EvidencePlace,
  lines: readonly string[],
  size: number,
  parts: Partial<SealerParts> = {},
): Promise<{ readonly queue: Received; readonly ids: readonly string[] }> {
  const queue = new Received()
  const ids = queue.post(...lines)
  const sealer = place.sealer(queue, { alerts: size, ...parts })
  sealer.start()
  await sealer.drain()
  return { queue, ids }
}

/** Lower-case hex. */
export function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
