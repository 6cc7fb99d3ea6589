// What tests of outputs share: alerts that are hard to carry, a receiver that answers as told, and outputs opened from configuration.
// Checks nothing. Used by all tests of this folder.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { ExecutionContext } from 'ava'
import { AcceptedAlert } from '../../../src/serve/alert.ts'
import { DeliveryFault, type Output } from '../../../src/serve/outputs/output.ts'
import { openOutput, outputKind } from '../../../src/serve/outputs/registry.ts'

/** A command line no encoding may harm. */
export const HARD_TEXT = 'Zürich 日本 🐢 "quoted" back\\slash <b>&amp; a=b|c ]x'
/** More than 53 bits, and digits that a double would lose. */
export const HARD_NUMBERS = {
  'evt.time.iso8601': '1780051808717141556',
  'evt.num': '9223372036854775807',
  'evt.rate': '1.10',
}

/** What of an alert a test wants to be special. */
export interface AlertParts {
  readonly id?: string
  readonly rule?: string
  readonly priority?: string
  readonly time?: string
  readonly output?: string
  readonly hostname?: string | null
  readonly tags?: readonly string[]
  /** JSON text of each field. */
  readonly fields?: Readonly<Record<string, string>>
}

let count = 0

/** An alert with text of many scripts and numbers of 64 bits. */
export function hardAlert(parts: AlertParts = {}): AcceptedAlert {
  count += 1
  const id = parts.id ?? `0198a1b2-c3d4-7e5f-8a9b-${count.toString(16).padStart(12, '0')}`
  const fields = parts.fields ?? {
    'proc.cmdline': JSON.stringify(HARD_TEXT),
    'k8s.ns.name': 'null',
    ...HARD_NUMBERS,
  }
  const members = Object.entries(fields).map(([name, text]) => `${JSON.stringify(name)}:${text}`)
  const line = [
    `{"uuid":"${id}"`,
    `"output":${JSON.stringify(parts.output ?? `Shell in a container (${HARD_TEXT})`)}`,
    `"priority":"${parts.priority ?? 'Critical'}"`,
    `"rule":${JSON.stringify(parts.rule ?? 'Términal shell')}`,
    `"time":"${parts.time ?? '2026-05-29T10:50:08.717141556Z'}"`,
    `"output_fields":{${members.join(',')}}`,
    '"source":"syscall"',
    `"tags":${JSON.stringify(parts.tags ?? ['container', 'mitre_execution'])}`,
    ...(parts.hostname === null ? [] : [`"hostname":${JSON.stringify(parts.hostname ?? 'node-ß1')}`]),
  ].join(',')
  return new AcceptedAlert(id, `${line}}`)
}

/** As many alerts, each with an id and an output text of its own. */
export function hardAlerts(number: number, parts: AlertParts = {}): AcceptedAlert[] {
  return Array.from({ length: number }, (_, index) =>
    hardAlert({ output: `alert ${index} ${HARD_TEXT}`, ...parts }),
  )
}

/** A request that arrived. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly text: string
}

/** How a receiver answers. */
export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** What a receiver does with a request; `undefined` for no answer at all. */
export type Receiver = (request: Received, number: number) => Answer | undefined

/** A running receiver. */
export interface Sink {
  readonly url: string
  readonly received: Received[]
  /** Resolves when that many requests are there. */
  arrived(number: number): Promise<void>
}

/** Starts a receiver that ends with the test; answers 200 unless `receiver` says otherwise. */
export async function sink(t: ExecutionContext, receiver: Receiver = () => ({})): Promise<Sink> {
  const received: Received[] = []
  const waiting: { readonly number: number; readonly go: () => void }[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const raw = Buffer.concat(chunks)
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
      const { method = '', url: path = '', headers } = request
      const arrival: Received = { method, path, headers, body, text: body.toString('utf8') }
      received.push(arrival)
      for (const { number, go } of waiting) if (received.length >= number) go()
      try {
        reply(response, receiver(arrival, received.length))
      } catch (thrown) {
        // A sink that finds the request wrong says so as the real one would.
        reply(response, { status: 400, body: thrown instanceof Error ? thrown.message : String(thrown) })
      }
    })
  })
  await new Promise<void>(ready => server.listen(0, '127.0.0.1', ready))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const arrived = (number: number): Promise<void> =>
    new Promise(go => (received.length >= number ? go() : waiting.push({ number, go })))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, arrived }
}

function reply(response: ServerResponse, answer: Answer | undefined): void {
  if (answer === undefined) return
  response.writeHead(answer.status ?? 200, answer.headers ?? {}).end(answer.body ?? '')
}

/** Where and how an output is opened. */
export interface Surroundings {
  readonly environment?: Record<string, string>
  readonly directory?: string
  readonly now?: () => number
}

/** Opens an output from what would stand in the configuration; closed with the test. */
export async function opened(
  t: ExecutionContext,
  written: { readonly type: string } & Record<string, unknown>,
  surroundings: Surroundings = {},
): Promise<Output> {
  const kind = await outputKind(written.type)?.load()
  if (kind === undefined) throw new Error(`no kind ${written.type}`)
  const output = await openOutput(kind.schema.parse(written), {
    name: 'tested',
    machine: 'test-machine',
    environment: surroundings.environment ?? {},
    directory: surroundings.directory ?? tmpdir(),
    now: surroundings.now ?? (() => Date.UTC(2026, 4, 29, 12)),
  })
  t.teardown(() => output.close())
  return output
}

/** A signal that never aborts. */
export const patient = (): AbortSignal => new AbortController().signal

/** The fault a delivery ends in. */
export async function faultOf(delivery: Promise<void>): Promise<DeliveryFault> {
  try {
    await delivery
  } catch (thrown) {
    if (thrown instanceof DeliveryFault) return thrown
    throw thrown
  }
  throw new Error('the delivery went well')
}

/** A folder removed with the test. */
export function folder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'lanner-outputs-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}
