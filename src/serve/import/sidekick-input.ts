// What falcosidekick's settings say apart from outputs: where it listens, TLS, and what it adds to each event.
// Used by `sidekick-import.ts`.
import { compact, type DraftOptions } from './output-draft.ts'
import type { SidekickSettings } from './sidekick-settings.ts'

/** Parts of the configuration. */
export interface ImportedInput {
  readonly listen: DraftOptions
  readonly auth: DraftOptions | undefined
  readonly tls: DraftOptions
  readonly fields: DraftOptions
  readonly tags: readonly string[]
}

/** Imports them; `notes` takes what differs. */
export function importInput(settings: SidekickSettings, notes: string[]): ImportedInput {
  const top = settings.section('')
  const tls = tlsOf(settings, notes)
  const { falco, auth } = listenerOf(settings, 'clientCa' in tls, notes)
  if (top.flag('debug', false)) notes.push('debug: left out; alerts can be looked at on the page')
  for (const name of Object.keys(top.map('templatedfields'))) {
    notes.push(`templatedfields.${name}: not carried over; templates of outputs and routes can say the same`)
  }
  if (top.text('bracketreplacer') !== undefined)
    notes.push('bracketreplacer: left out; names of fields stay as they are')
  if (top.text('outputfieldformat') !== undefined) {
    notes.push('outputfieldformat: left out; use `template` of a route for the text')
  }
  return {
    // The page takes the place of falcosidekick-ui.
    listen: { falco, page: '127.0.0.1:2802' },
    auth,
    tls,
    fields: fieldsOf(settings),
    tags: top.list('customtags'),
  }
}

/** falcosidekick listens on every address and asks nobody who they are. */
function listenerOf(
  settings: SidekickSettings,
  certified: boolean,
  notes: string[],
): { readonly falco: string; readonly auth: DraftOptions | undefined } {
  const top = settings.section('')
  const host = top.text('listenaddress') ?? '0.0.0.0'
  const port = top.text('listenport') ?? '2801'
  const falco = `${host.includes(':') ? `[${host}]` : host}:${port}`
  if (certified || /^(?:127\.|localhost$|::1$)/.test(host)) return { falco, auth: undefined }
  notes.push(
    'listenaddress: other machines reach it, so every sender needs a token now: set LANNER_TOKEN, or listen on 127.0.0.1, or demand client certificates by tls.clientCa',
  )
  return { falco, auth: { token: { env: 'LANNER_TOKEN' } } }
}

function tlsOf(settings: SidekickSettings, notes: string[]): DraftOptions {
  const server = settings.section('tlsserver')
  if (!server.flag('deploy', false)) return {}
  const ports = ['notlsport', 'notlspaths'].filter(key => settings.has(`tlsserver.${key}`))
  for (const key of ports) notes.push(`tlsserver.${key}: left out; a listener speaks TLS or does not`)
  return compact({
    cert: server.text('certfile') ?? '/etc/certs/server/server.crt',
    key: server.text('keyfile') ?? '/etc/certs/server/server.key',
    clientCa: server.flag('mutualtls', false)
      ? (server.text('cacertfile') ?? '/etc/certs/server/ca.crt')
      : undefined,
  })
}

/** A value `%NAME` is that environment variable. Names are in lower case, as falcosidekick has them. */
function fieldsOf(settings: SidekickSettings): DraftOptions {
  const fields = Object.entries(settings.section('').map('customfields'))
  return Object.fromEntries(
    fields.map(([name, value]) => [
      name.toLowerCase(),
      /^%\w+$/.test(value) ? { env: value.slice(1) } : value,
    ]),
  )
}
