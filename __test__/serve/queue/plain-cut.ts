// TEMPORARY stand-in for the native cutting
import { randomUUID } from 'node:crypto'
import type { CutBody } from '../../../src/serve/queue/jetstream.ts'
export async function plainCut(body: Buffer): Promise<CutBody> {
  const lines: Buffer[] = []
  const ids: Buffer[] = []
  const added: number[] = []
  const refused: { line: number; code: string; reason: string }[] = []
  for (const [i, line] of body.toString().split('\n').entries()) {
    try {
      const o = JSON.parse(line) as Record<string, unknown>
      if (typeof o.rule !== 'string') throw new Error('rule')
      let put = ''
      const uuid = typeof o.uuid === 'string' ? o.uuid : randomUUID()
      if (o.uuid === undefined) put += `"uuid":"${uuid}",`
      if (o.source === undefined) put += '"source":"syscall",'
      lines.push(Buffer.from(`{${put}${line.slice(1)}\n`))
      ids.push(Buffer.from(uuid.replaceAll('-', ''), 'hex'))
      added.push(put.length)
    } catch {
      refused.push({ line: i + 1, code: 'ERR_ALERT_JSON', reason: 'x' })
    }
  }
  return {
    alerts: { lines: Buffer.concat(lines), ids: Buffer.concat(ids), added: Uint8Array.from(added) },
    receipt: { accepted: lines.length, refused, refusedCount: refused.length },
  }
}
