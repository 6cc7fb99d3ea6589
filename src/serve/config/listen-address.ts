// Where a listener listens: `host:port`, `[::1]:port`, `:port` for every address, or `unix:/path`.
// Opens nothing. Used by the configuration's schema, and by the server which binds it.
import { isIP } from 'node:net'

/** A place to listen. `text` is what was written. */
export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly text: string }
  | { readonly kind: 'unix'; readonly path: string; readonly text: string }

/** The address, or `undefined` when `text` is none. Port 0 lets the system choose. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length)
    return path === '' ? undefined : { kind: 'unix', path, text }
  }
  const found = /^(?:\[([^\]]+)\]|([^:[\]\s/]*)):(\d{1,5})$/.exec(text)
  const port = Number(found?.[3])
  if (found === null || port > 65_535) return undefined
  if (found[1] !== undefined && isIP(found[1]) !== 6) return undefined
  return { kind: 'tcp', host: found[1] ?? (found[2] === '' ? '::' : (found[2] ?? '')), port, text }
}

/** Whether only this machine reaches it. A name other than `localhost` may stand for anything. */
export function isLocal(address: ListenAddress): boolean {
  if (address.kind === 'unix') return true
  const { host } = address
  if (isIP(host) === 4) return host.startsWith('127.')
  return host === 'localhost' || /^(?:0*:)*:?0*1$/.test(host)
}
