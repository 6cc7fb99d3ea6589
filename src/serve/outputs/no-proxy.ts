// Which hosts NO_PROXY names: by name with their subdomains, by address, by network, each with a port if it is to be that one only.
// Resolves no name. Used by `http-proxy.ts`.
import { BlockList, isIP } from 'node:net'

const USUAL_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }

/**
 * Whether `url` is to be reached without a proxy. As Go reads it: `example.com` means subdomains too, `.example.com` and `*.example.com` only those,
 * `*` everything; this machine is never reached through a proxy.
 */
export function isExempt(url: URL, list: string): boolean {
  const host = hostOf(url.hostname)
  const port = url.port || USUAL_PORTS[url.protocol] || ''
  if (host === 'localhost' || isLoopback(host)) return true
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some(entry => entry !== '' && isNamed(host, port, entry))
}

function isNamed(host: string, port: string, entry: string): boolean {
  if (entry === '*') return true
  if (entry.includes('/')) return isWithin(host, entry)
  const [, name = '', wantedPort] = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(entry) ?? [undefined, entry]
  if (wantedPort !== undefined && wantedPort !== port) return false
  const wanted = hostOf(name).replace(/^\*(?=\.)/, '')
  if (isIP(wanted) !== 0) return isIP(host) !== 0 && within(host, wanted, isIP(wanted) === 4 ? 32 : 128)
  return wanted.startsWith('.') ? host.endsWith(wanted) : host === wanted || host.endsWith(`.${wanted}`)
}

function isWithin(host: string, network: string): boolean {
  const [, address = '', prefix = ''] = /^\[?([^\]/]+)\]?\/(\d{1,3})$/.exec(network) ?? []
  const most = isIP(address) === 4 ? 32 : 128
  return isIP(address) !== 0 && Number(prefix) <= most && within(host, address, Number(prefix))
}

function within(host: string, network: string, prefix: number): boolean {
  const family = isIP(host)
  if (family === 0) return false
  const list = new BlockList()
  list.addSubnet(network, prefix, isIP(network) === 4 ? 'ipv4' : 'ipv6')
  return list.check(host, family === 4 ? 'ipv4' : 'ipv6')
}

function isLoopback(host: string): boolean {
  return within(host, '127.0.0.0', 8) || within(host, '::1', 128)
}

/** Without the brackets of an IPv6 address and the dot that may end a name. */
function hostOf(name: string): string {
  return name.replace(/^\[|\]$/g, '').replace(/\.$/, '')
}
