// Files of environment variables as containers and systemd are given them: NAME=VALUE a line, `#` before remarks.
// Quotes around a value are taken off, and nothing in it is replaced. Used by the import.

/** The variables; lines of another kind are passed over, the last of a name counts. */
export function readVariables(text: string): Record<string, string> {
  const variables: Record<string, string> = {}
  for (const line of text.split(/\r?\n/)) {
    const found = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line)
    if (found === null) continue
    const [, name = '', value = ''] = found
    variables[name] = /^(["']).*\1$/.test(value) ? value.slice(1, -1) : value
  }
  return variables
}
