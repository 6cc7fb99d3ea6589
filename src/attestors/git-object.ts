// Takes commits and annotated tags apart, from the very bytes git stores.
// Runs nothing and checks no signature. Used by the git attestor.

/** Who did something, and when. */
export interface GitIdentity {
  readonly name: string
  readonly email: string
  readonly time: GitTime
}

/** Seconds since 1970 and the offset from UTC in minutes, as git keeps them. */
export interface GitTime {
  readonly seconds: number
  readonly offset: number
}

/** A commit. */
export interface GitCommit {
  readonly tree: string
  readonly parents: readonly string[]
  readonly author: GitIdentity
  readonly committer: GitIdentity
  /** Armored, with a final newline; empty without one. */
  readonly signature: string
  readonly message: string
}

/** An annotated tag. */
export interface GitTag {
  /** Id of what it tags. */
  readonly object: string
  readonly name: string
  /** Tags of the first years of git have none. */
  readonly tagger: GitIdentity | undefined
  readonly signature: string
  readonly message: string
}

const NOBODY: GitIdentity = { name: '', email: '', time: { seconds: 0, offset: 0 } }

/** Reads a commit object. */
export function parseCommit(raw: Buffer): GitCommit {
  const { headers, message } = split(raw)
  const armor = first(headers, 'gpgsig') ?? first(headers, 'gpgsig-sha256')
  return {
    tree: first(headers, 'tree') ?? '',
    parents: headers.filter(([name]) => name === 'parent').map(([, value]) => value),
    author: identity(first(headers, 'author')) ?? NOBODY,
    committer: identity(first(headers, 'committer')) ?? NOBODY,
    signature: armor === undefined ? '' : `${armor}\n`,
    message,
  }
}

/** Reads a tag object. Its signature stands at the end of the message. */
export function parseTag(raw: Buffer): GitTag {
  const { headers, message } = split(raw)
  const armor = /^-----BEGIN (?:PGP SIGNATURE|PGP MESSAGE|SSH SIGNATURE|SIGNED MESSAGE)-----$/m.exec(message)
  const end = armor === null ? message.length : armor.index
  return {
    object: first(headers, 'object') ?? '',
    name: first(headers, 'tag') ?? '',
    tagger: identity(first(headers, 'tagger')),
    signature: message.slice(end),
    message: message.slice(0, end),
  }
}

/** `2026-01-02 03:04:05 -0500 -0500`: how Go prints a time in a zone without a name. */
export function goTime(time: GitTime): string {
  const [date, clock] = localParts(time)
  const zone = zoneOf(time.offset, '')
  return `${date} ${clock} ${zone} ${zone}`
}

/** RFC 3339, with `Z` for UTC. */
export function rfc3339(time: GitTime): string {
  const [date, clock] = localParts(time)
  return `${date}T${clock}${time.offset === 0 ? 'Z' : zoneOf(time.offset, ':')}`
}

type Header = readonly [name: string, value: string]

/** A line that begins with a space continues the header before it (git's format of signatures and merged tags). */
function split(raw: Buffer): { headers: Header[]; message: string } {
  const blank = raw.indexOf('\n\n')
  const head = raw.subarray(0, blank < 0 ? raw.length : blank).toString()
  const headers: [string, string][] = []
  for (const line of head.split('\n')) {
    const last = headers.at(-1)
    if (line.startsWith(' ') && last !== undefined) last[1] += `\n${line.slice(1)}`
    else if (line !== '') {
      const space = line.indexOf(' ')
      headers.push(space < 0 ? [line, ''] : [line.slice(0, space), line.slice(space + 1)])
    }
  }
  return { headers, message: blank < 0 ? '' : raw.subarray(blank + 2).toString() }
}

function first(headers: readonly Header[], name: string): string | undefined {
  return headers.find(([header]) => header === name)?.[1]
}

/** `Name <email> 1767341045 -0500`; each part may be missing in what other programs wrote. */
function identity(value: string | undefined): GitIdentity | undefined {
  if (value === undefined) return undefined
  const open = value.lastIndexOf('<')
  const close = value.lastIndexOf('>')
  if (open < 0 || close < open) return { ...NOBODY, name: value.trim() }
  const [, seconds = '0', sign = '+', hours = '0', minutes = '0'] =
    /^ *(-?\d+)(?: +([+-])(\d\d)(\d\d))?/.exec(value.slice(close + 1)) ?? []
  const offset = Number(hours) * 60 + Number(minutes)
  return {
    name: value.slice(0, open).trim(),
    email: value.slice(open + 1, close),
    time: { seconds: Number(seconds), offset: sign === '-' ? -offset : offset },
  }
}

/** Date and clock in the zone of the time. */
function localParts({ seconds, offset }: GitTime): readonly [string, string] {
  const local = new Date((seconds + offset * 60) * 1000)
  // Beyond what Date holds (year 275760) the time is nobody's real one.
  const text = Number.isNaN(local.getTime()) ? new Date(0).toISOString() : local.toISOString()
  const [date = '', clock = ''] = text.split('T')
  return [date, clock.slice(0, 8)]
}

function zoneOf(offset: number, separator: string): string {
  const pad = (value: number): string => String(value).padStart(2, '0')
  const minutes = Math.abs(offset)
  return `${offset < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}${separator}${pad(minutes % 60)}`
}
