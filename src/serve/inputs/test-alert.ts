// The alert that `/test` makes up, as falcosidekick's: whoever sees it at an output knows that the way there is open.
// Writes nothing. Used by the listener for Falco.

/** One line. `time` is milliseconds since 1970. */
export function testAlert(time: number, hostname: string): Buffer {
  const alert = {
    output: 'This is a test event',
    priority: 'Debug',
    rule: 'Test rule',
    time: new Date(time).toISOString(),
    output_fields: { 'proc.name': 'lanner', 'user.name': 'lanner' },
    source: 'internal',
    tags: ['example', 'test'],
    hostname,
  }
  return Buffer.from(JSON.stringify(alert))
}
