// Reads the words of the one command a release waits for: `verify` with nothing but files, keys and names, each option with its value.
// Loads nothing and explains nothing: whatever else is typed is for Clipanion. Used by `cli.ts`.

/** One option as it was typed, in the order of typing. */
export interface GateWord {
  readonly name: string
  readonly value: string
}

/** The options of `verify` that take a value and need no part of Lanner that a release gate does without. */
export const GATE_OPTIONS: ReadonlySet<string> = new Set([
  '-p',
  '--policy',
  '-k',
  '--publickey',
  '-a',
  '--attestations',
  '-f',
  '--artifactfile',
  '--directory-path',
  '-s',
  '--subjects',
  '-o',
  '--format',
  '--vsa-outfile',
  '--policy-hardening',
  '--policy-ca-roots',
  '--policy-ca-intermediates',
  '--policy-timestamp-servers',
  '--policy-commonname',
  '--policy-dns-names',
  '--policy-emails',
  '--policy-organizations',
  '--policy-uris',
  '--policy-fulcio-oidc-issuer',
])

/** The options after `verify`; `undefined` for every command line that is not as plain as that. */
export function gateWords(typed: readonly string[]): readonly GateWord[] | undefined {
  if (typed[0] !== 'verify' || typed.length === 1) return undefined
  const options: GateWord[] = []
  for (let at = 1; at < typed.length; at += 1) {
    const [, name, glued] = /^(--[a-z-]+)=(.*)$/s.exec(typed[at] ?? '') ?? [undefined, typed[at], undefined]
    if (glued === undefined) at += 1
    const value = glued ?? typed[at]
    if (name === undefined || !GATE_OPTIONS.has(name)) return undefined
    // An empty value, or one that looks like an option, is a matter for whoever can explain it.
    if (value === undefined || value === '' || value.startsWith('-')) return undefined
    options.push({ name, value })
  }
  return options
}
