// Alerts made up for the tests of stores, and what a query means when each of them is looked at in turn.
import type { AlertQuery } from '../../../src/serve/store/store.ts'

/** What the tests know of an alert. */
export interface Sample {
  readonly uuid: string
  /** Nanoseconds since 1970. */
  readonly at: bigint
  readonly rule: string
  readonly priority: string
  readonly hostname: string
  readonly tags: readonly string[]
  readonly fields: Readonly<Record<string, string | number | null>>
}

/** 2026-06-01T00:00:00Z in nanoseconds. */
export const DAY = 1_780_272_000_000_000_000n

const RULES = ['Terminal shell', 'Read sensitive file', 'Größe "neu"', 'Shell'] as const
const FILES = ['/etc/shadow', '/etc/passwd', '/tmp/shadow/etc', '读取', 'C:\\x y'] as const

/** Numbers that look random and are the same in every run. */
export function dice(seed: number): (limit: number) => number {
  let state = seed
  return limit => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % limit
  }
}

/** So many alerts, different for every seed. */
export function samples(count: number, seed: number): Sample[] {
  const roll = dice(seed)
  return Array.from({ length: count }, (_, number) => ({
    uuid: `${roll(0xffffff).toString(16).padStart(8, '0')}-${seed.toString(16).padStart(4, '0')}-4000-8000-${number.toString(16).padStart(12, '0')}`,
    at: DAY + BigInt(roll(400)) * 1_000_000_000n + BigInt(roll(3)),
    rule: RULES[roll(4)] ?? '',
    priority: ['Warning', 'Critical', 'Debug'][roll(3)] ?? '',
    hostname: ['node-1', 'node-2', ''][roll(3)] ?? '',
    tags: ['container', 'T1059', 'mitre_execution'].filter(() => roll(2) === 0),
    fields: {
      'fd.name': FILES[roll(5)] ?? '',
      'proc.pid': roll(40),
      ...(roll(2) === 0 && { 'k8s.ns.name': `team-${roll(3)}` }),
      'user.name': null,
    },
  }))
}

/** The canonical line, without line end. */
export function lineOf({ uuid, at, rule, priority, hostname, tags, fields }: Sample): string {
  const milliseconds = Number((at - DAY) / 1_000_000n)
  const fraction = (at % 1_000_000_000n).toString().padStart(9, '0')
  const time = new Date(Number(DAY / 1_000_000n) + milliseconds).toISOString().replace(/\.\d+Z$/, `.${fraction}Z`)
  const output = `File ${fields['fd.name']} opened`
  return JSON.stringify({ uuid, output, priority, rule, time, source: 'syscall', hostname, tags, output_fields: fields })
}

/** What a store is given. */
export function linesOf(alerts: readonly Sample[]): Buffer {
  return Buffer.from(alerts.map(alert => `${lineOf(alert)}\n`).join(''))
}

/** Newest first, as stores list them. */
export function sorted(alerts: readonly Sample[]): Sample[] {
  return [...alerts].sort((a, b) => (a.at === b.at ? (a.uuid < b.uuid ? 1 : -1) : a.at < b.at ? 1 : -1))
}

/** A query, and which alerts fulfil it. */
export interface Question {
  readonly query: AlertQuery
  readonly fulfilled: (alert: Sample) => boolean
}

/** Every part of a query alone, and parts together. */
export const QUESTIONS: readonly Question[] = [
  { query: {}, fulfilled: () => true },
  { query: { text: 'SHADOW' }, fulfilled: ({ fields }) => String(fields['fd.name']).includes('shadow') },
  { query: { text: '/etc/shadow' }, fulfilled: ({ fields }) => fields['fd.name'] === '/etc/shadow' },
  { query: { text: '"file etc"' }, fulfilled: ({ fields }) => String(fields['fd.name']).startsWith('/etc') },
  {
    query: { text: 'sha* term*' },
    fulfilled: ({ fields, rule }) => String(fields['fd.name']).includes('shadow') && rule === 'Terminal shell',
  },
  { query: { text: 'shell' }, fulfilled: ({ rule }) => rule.toLowerCase().includes('shell') },
  { query: { text: 'größe' }, fulfilled: ({ rule }) => rule.startsWith('Größe') },
  { query: { text: '取' }, fulfilled: ({ fields }) => fields['fd.name'] === '读取' },
  { query: { text: 'nowhere' }, fulfilled: () => false },
  { query: { rules: ['Shell'] }, fulfilled: ({ rule }) => rule === 'Shell' },
  {
    query: { rules: ['Shell', 'Größe "neu"'], priorities: ['warning', 'DEBUG'] },
    fulfilled: ({ rule, priority }) => /^(Shell|Größe)/.test(rule) && priority !== 'Critical',
  },
  { query: { hostnames: ['node-2'] }, fulfilled: ({ hostname }) => hostname === 'node-2' },
  { query: { sources: ['k8s_audit'] }, fulfilled: () => false },
  {
    query: { tags: ['T1059', 'container'] },
    fulfilled: ({ tags }) => tags.includes('T1059') || tags.includes('container'),
  },
  {
    query: { fields: [{ name: 'fd.name', value: 'C:\\x y' }] },
    fulfilled: ({ fields }) => fields['fd.name'] === 'C:\\x y',
  },
  {
    query: {
      fields: [
        { name: 'proc.pid', value: '7' },
        { name: 'proc.pid', value: '8' },
        { name: 'k8s.ns.name', value: 'team-1' },
      ],
    },
    fulfilled: ({ fields }) =>
      (fields['proc.pid'] === 7 || fields['proc.pid'] === 8) && fields['k8s.ns.name'] === 'team-1',
  },
  {
    query: { from: DAY + 50_000_000_001n, to: DAY + 200_000_000_000n, text: 'etc' },
    fulfilled: ({ at, fields }) =>
      at > DAY + 50_000_000_000n && at < DAY + 200_000_000_000n && String(fields['fd.name']).includes('etc'),
  },
  { query: { from: 0n, to: 1n << 70n }, fulfilled: () => true },
]
