// What `lanner verify` needs and nothing else: bundled into a file of its own, because loading many small ones takes longer than judging.
// Decides nothing. Loaded by `cli.ts`.
export { runCli } from './commands/cli-run.ts'
