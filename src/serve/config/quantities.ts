// Spans of time and amounts of bytes as a person writes them: `30s`, `1h30m`, `7d`, `10GB`, `64MiB`.
// Reads no clock. Used by the schemas of the configuration.

/** Milliseconds of each unit of time. */
const SPANS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** Bytes of each unit of size, in lower case: `k` is a thousand, `ki` 1024. */
const SIZES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
}

/** Milliseconds of `1h30m`, or `undefined` when it is no span; a number without unit is none, but for 0. */
export function parseSpan(text: string): number | undefined {
  if (text === '0') return 0
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w))+$/.test(text)) return undefined
  let total = 0
  for (const [, amount = '', unit = ''] of text.matchAll(/([\d.]+)([a-z]+)/g)) {
    total += Number(amount) * (SPANS[unit] ?? 0)
  }
  return Number.isSafeInteger(Math.round(total)) ? Math.round(total) : undefined
}

/** Bytes of `10GB`, or `undefined` when it is no size. */
export function parseSize(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text)
  const unit = SIZES[found?.[2]?.toLowerCase() ?? 'none']
  if (found === null || unit === undefined) return undefined
  const bytes = Math.round(Number(found[1]) * unit)
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/** A span for a person, in the largest units that say it exactly: `5m`, `1h30m`. */
export function spanText(milliseconds: number): string {
  let rest = milliseconds
  let text = ''
  for (const [unit, width] of Object.entries(SPANS).reverse()) {
    const count = Math.floor(rest / width)
    if (count > 0) text += `${count}${unit}`
    rest -= count * width
  }
  return text === '' ? '0s' : text
}
