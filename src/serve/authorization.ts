// The token in an `Authorization` header. Compares nothing. Used by the inputs and by the page's listener.

/** Of `Bearer TOKEN`, or of Basic with any name and the token as password: RFC 6750 section 2.1, RFC 7617 section 2. */
export function tokenIn(header: string | undefined): string | undefined {
  const [, scheme = '', credentials] = /^(bearer|basic) +(\S+) *$/i.exec(header ?? '') ?? []
  if (credentials === undefined || scheme.toLowerCase() === 'bearer') return credentials
  const pair = Buffer.from(credentials, 'base64').toString()
  return pair.includes(':') ? pair.slice(pair.indexOf(':') + 1) : undefined
}
