// Takes an envelope apart as bytes: payload, embedded events, the bytes a signature covers, and what openssl says of it.
// Parses nothing that is compared and uses nothing of `src/`, so it can be an oracle for it. Used by CLI tests.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './lanner.ts'

/** The decoded payload of an envelope file. */
export function payloadOf(envelope: string): Buffer {
  const { payload } = JSON.parse(readFileSync(envelope, 'utf8')) as { payload: string }
  return Buffer.from(payload, 'base64')
}

/** The bytes between the brackets of the falco predicate's `events`; `undefined` when there is no such member. */
export function embeddedEvents(payload: Buffer): Buffer | undefined {
  const falco = payload.indexOf('{"type":"https://aflock.ai/attestations/falco/v0.1"')
  if (falco === -1) return undefined
  const opening = ',"events":['
  const start = payload.indexOf(opening, falco)
  // falco is the last attestation and `events` its last member, so the last such end in the payload is the array's.
  const end = payload.lastIndexOf(']},"starttime":')
  return start === -1 ? undefined : payload.subarray(start + opening.length, end)
}

/** The lines of a capture that are no blank ones and not among `skipped` (numbers from 1), without BOM, CR and LF. */
export function eventLines(capture: Buffer, skipped: readonly number[] = []): Buffer[] {
  const bom = Buffer.from('\uFEFF')
  const body = capture.subarray(0, 3).equals(bom) ? capture.subarray(3) : capture
  return splitAt(body, 0x0a)
    .map(line => (line.at(-1) === 0x0d ? line.subarray(0, -1) : line))
    .filter((line, index) => line.toString('latin1').trim() !== '' && !skipped.includes(index + 1))
}

/** Lines joined as the elements of one JSON array. */
export function joined(lines: readonly Buffer[]): Buffer {
  return Buffer.concat(lines.flatMap((line, index) => (index === 0 ? [line] : [Buffer.from(','), line])))
}

function splitAt(bytes: Buffer, separator: number): Buffer[] {
  const parts: Buffer[] = []
  let from = 0
  for (let at = bytes.indexOf(separator); at !== -1; at = bytes.indexOf(separator, from)) {
    parts.push(bytes.subarray(from, at))
    from = at + 1
  }
  return [...parts, bytes.subarray(from)]
}

/** Whether `cmp` finds the two equal; the files are left in `folder` for a look. */
export async function cmp(folder: string, actual: Buffer, expected: Buffer): Promise<boolean> {
  const [a, b] = [join(folder, 'actual.bin'), join(folder, 'expected.bin')]
  writeFileSync(a, actual)
  writeFileSync(b, expected)
  return (await run('cmp', [a, b])).code === 0
}

const OPENSSL_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  ed25519: [],
  'ecdsa-p256': ['-digest', 'sha256'],
  rsa: [
    ...['-digest', 'sha256', '-pkeyopt', 'rsa_padding_mode:pss'],
    ...['-pkeyopt', 'rsa_pss_saltlen:auto', '-pkeyopt', 'rsa_mgf1_md:sha256'],
  ],
}

/** Whether `openssl pkeyutl -verify -rawin` accepts the first signature of an envelope; nothing else checks it here. */
export async function opensslAccepts(
  folder: string,
  envelope: string,
  publicKey: string,
  kind: string,
): Promise<boolean> {
  const parsed = JSON.parse(readFileSync(envelope, 'utf8')) as {
    payloadType: string
    signatures: { sig: string }[]
  }
  const payload = payloadOf(envelope)
  const { payloadType: type } = parsed
  // DSSE protocol, "Signature Definition": "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body.
  const head = `DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `
  const [pae, sig] = [join(folder, 'pae.bin'), join(folder, 'sig.bin')]
  writeFileSync(pae, Buffer.concat([Buffer.from(head), payload]))
  writeFileSync(sig, Buffer.from(parsed.signatures[0]?.sig ?? '', 'base64'))
  const words = ['pkeyutl', '-verify', '-rawin', '-pubin', '-inkey', publicKey, '-in', pae, '-sigfile', sig]
  return (await run('openssl', [...words, ...(OPENSSL_OPTIONS[kind] ?? [])])).code === 0
}
