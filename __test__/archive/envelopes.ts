// Envelopes for tests of the archive: well formed, signed by nobody.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { Archivista } from '../../src/archive/archivista.ts'
import type { StandIn } from './stand-in.ts'

export const digest = (letter: string): string => letter.repeat(64)
export const CURRENT = 'https://aflock.ai/attestation-collection/v0.1'
export const WITNESS = 'https://witness.testifysec.com/attestation-collection/v0.1'
export const FALCO = 'https://aflock.ai/attestations/falco/v0.1'

/** What an envelope says; everything has a default. */
export interface Sketch {
  readonly step?: string
  readonly predicateType?: string
  readonly subject?: string
  readonly subjectName?: string
  readonly types?: readonly string[]
  readonly backRef?: string
}

export function envelope(sketch: Sketch = {}): string {
  const statement = {
    _type: 'https://in-toto.io/Statement/v0.1',
    subject: [{ name: sketch.subjectName ?? 'app', digest: { sha256: sketch.subject ?? digest('a') } }],
    predicateType: sketch.predicateType ?? CURRENT,
    predicate: {
      name: sketch.step ?? 'build',
      attestations: (sketch.types ?? [FALCO]).map(type => ({
        type,
        attestation: {},
        starttime: '2026-01-01T00:00:00Z',
        endtime: '2026-01-01T00:00:01Z',
      })),
      ...(sketch.backRef === undefined ? {} : { backrefs: { commit: { sha1: sketch.backRef } } }),
    },
  }
  return JSON.stringify({
    payload: Buffer.from(JSON.stringify(statement)).toString('base64'),
    payloadType: 'application/vnd.in-toto+json',
    signatures: [{ keyid: 'k1', sig: 'AAAA' }],
  })
}

/** A folder that goes with the test. */
export function folder(t: ExecutionContext): string {
  const root = mkdtempSync(join(tmpdir(), 'lanner-test-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  return root
}

export function file(directory: string, name: string, text: string | Uint8Array): string {
  const path = join(directory, name)
  writeFileSync(path, text)
  return path
}

/** A client that never waits, and the pauses it would have made. */
export function client(
  server: StandIn,
  options: { bytes?: number; milliseconds?: number } = {},
): { archive: Archivista; pauses: number[] } {
  const pauses: number[] = []
  const clock = { sleep: async (milliseconds: number) => void pauses.push(milliseconds) }
  return { archive: new Archivista({ server: new URL(server.url), headers: {}, clock, ...options }), pauses }
}
