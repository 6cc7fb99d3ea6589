// An output on its way from falcosidekick's settings to ours, and what outputs of either side have in common.
// Used by the mappings of this folder.
import type { TextSource } from '../outputs/secret-value.ts'
import type { SidekickSection, SidekickSettings } from './sidekick-settings.ts'

/** An output as the configuration will have it, without its `type`. */
export type DraftOptions = Record<string, unknown>

/** What a mapping may ask and say. */
export interface Drafting {
  /** Settings of this output, and of all. */
  readonly own: SidekickSection
  readonly all: SidekickSettings
  /** Says that something is different, or was left out. */
  note(text: string): void
}

/** One of falcosidekick's outputs that has a counterpart. */
export interface OutputMapping {
  /** Its section: `slack`, `aws.s3`. */
  readonly section: string
  /** Settings that switch it on, all of them. */
  readonly enabledBy: readonly string[]
  /** `type` of ours. */
  readonly type: string
  /** `undefined` when it can't be carried over; then a note says why. */
  readonly draft: (drafting: Drafting) => DraftOptions | undefined
}

/** Without members that are absent or empty. */
export function compact(options: DraftOptions): DraftOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => {
      if (value === undefined) return false
      return typeof value !== 'object' || value === null || Object.keys(value).length > 0
    }),
  )
}

/** `tls` of an output: falcosidekick's certificates lie in one folder unless an output or `mutualtlsclient` names files. */
export function tlsOptions({ own, all }: Drafting): DraftOptions {
  const top = all.section('')
  const folder = top.text('mutualtlsfilespath') ?? '/etc/certs'
  const client = all.section('mutualtlsclient')
  const named = { ca: own.text('cacertfile'), cert: own.text('certfile'), key: own.text('keyfile') }
  if (own.flag('mutualtls', false)) {
    own.passOver('checkcert')
    return {
      ca: named.ca ?? client.text('cacertfile') ?? `${folder}/ca.crt`,
      cert: named.cert ?? client.text('certfile') ?? `${folder}/client.crt`,
      key: named.key ?? client.text('keyfile') ?? `${folder}/client.key`,
    }
  }
  const ca = named.ca ?? all.section('tlsclient').text('cacertfile')
  return compact({ ca, insecure: own.flag('checkcert', true) ? undefined : true })
}

/** What outputs that speak HTTP have in common. */
export function httpOptions(drafting: Drafting): DraftOptions {
  const { own } = drafting
  const concurrency = Number(own.text('maxconcurrentrequests') ?? 1)
  return compact({
    headers: own.map('customheaders'),
    tls: tlsOptions(drafting),
    concurrency: concurrency > 1 ? Math.min(concurrency, 64) : undefined,
  })
}

/** `user` and `password`, which go together. */
export function loginOptions(user: TextSource | undefined, password: TextSource | undefined): DraftOptions {
  return user === undefined || password === undefined ? {} : { user, password }
}
