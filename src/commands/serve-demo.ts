// `lanner serve demo`: the server with everything embedded, a day of made-up alerts in it and new ones coming, the page opened.
// Keeps all in one folder, which is removed at the end unless it was named. Loaded by `cli.ts`.
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Command, Option } from 'clipanion'
import { packageVersion } from '../native/version.ts'
import { logLinesTo } from '../terminal/log-lines.ts'
import type { LannerContext } from './context.ts'
import { parseChoice } from './flag-values.ts'
import { untilStopped } from './server-signals.ts'

/** Where `serve` listens by custom; another port where something else does. */
const PORTS = { falco: 2801, audit: 9765, page: 2802 } as const

/** Everyday alerts of the day before, and milliseconds between those that come. */
const DAY = 3000
const PACE = 1500

/** The command class of `serve demo`. */
export class ServeDemoCommand extends Command<LannerContext> {
  static override paths = [['serve', 'demo']]
  static override usage = Command.Usage({
    category: 'Server',
    description: 'try the server out: everything embedded, a day of alerts, the page opened',
    details: `
      Starts \`lanner serve\` on this machine alone with the smallest configuration, fills it with a day of made-up alerts that has an
      intrusion in it, lets new ones come, and opens the page. Post alerts and audit events of your own to the addresses it prints.

      Everything is in a folder of its own, removed at the end; with --directory it is kept, with the configuration to go on from.
    `,
    examples: [['Look around', '$0 serve demo']],
  })

  directory = Option.String('--directory', { description: 'Folder to work in and keep' })
  open = Option.String('--open', { description: 'Open the page in a browser: true (default) or false' })

  override async execute(): Promise<number> {
    const { stdout, stderr } = this.context
    const browse = parseChoice('--open', this.open, ['true', 'false']) === 'true'
    const folder = await this.folder()
    try {
      const file = join(folder, 'lanner.yaml')
      await writeFile(file, await configuration())
      const { Server } = await import('../serve/server.ts')
      const { readConfig } = await import('../serve/config/read-config.ts')
      // What the server logs is for operators; here only what goes wrong matters.
      const log = logLinesTo(stderr, 'text')
      const quiet: typeof log = (level, ...words) => (level === 'info' ? undefined : log(level, ...words))
      const server = new Server({ version: packageVersion(), log: quiet, config: () => readConfig(file) })
      const ended = new AbortController()
      const stopped = untilStopped(server, 2000).finally(() => ended.abort())
      const addresses = await server.start()
      const feeding = feed(`${addresses.falco}/`, ended.signal)
      await feeding.filled
      stdout.write(welcome(addresses, file))
      if (browse) openPage(addresses.page ?? '')
      await Promise.all([stopped, feeding.over])
      return 0
    } finally {
      if (this.directory === undefined) await rm(folder, { recursive: true, force: true })
    }
  }

  private async folder(): Promise<string> {
    if (this.directory === undefined) return mkdtemp(join(tmpdir(), 'lanner-demo-'))
    const folder = resolve(this.directory)
    await mkdir(folder, { recursive: true })
    return folder
  }
}

async function configuration(): Promise<string> {
  const [falco, audit, page] = await Promise.all(Object.values(PORTS).map(free))
  const listen = `{falco: "127.0.0.1:${falco}", audit: "127.0.0.1:${audit}", page: "127.0.0.1:${page}"}`
  return `listen: ${listen}\nstore: {path: ./store}\n`
}

/** The port itself, or another when it is taken. */
async function free(wanted: number): Promise<number> {
  const taken = (port: number): Promise<number | undefined> =>
    new Promise(done => {
      const probe = createServer()
      probe.once('error', () => done(undefined))
      probe.listen(port, '127.0.0.1', () => {
        const { port: given } = probe.address() as { port: number }
        probe.close(() => done(given))
      })
    })
  return (await taken(wanted)) ?? (await taken(0)) ?? wanted
}

/** Posts a day of alerts, then one after the other until told to stop. */
function feed(url: string, end: AbortSignal): { filled: Promise<void>; over: Promise<void> } {
  const post = async (lines: readonly string[]): Promise<void> => {
    const answer = await fetch(url, { method: 'POST', body: lines.join('\n'), signal: end })
    if (!answer.ok) throw new Error(`the demo's own alerts were refused: ${await answer.text()}`)
  }
  const alerts = import('../serve/demo/demo-alerts.ts').then(({ DemoAlerts }) => new DemoAlerts(20_261_121))
  const filled = alerts.then(made => post(made.day(Date.now(), DAY)))
  const over = filled.then(async () => {
    const made = await alerts
    while (!end.aborted) {
      await setTimeout(PACE, undefined, { signal: end }).catch(() => undefined)
      if (!end.aborted) await post([made.next(Date.now())]).catch(() => undefined)
    }
  })
  return { filled, over }
}

function welcome(addresses: Partial<Record<keyof typeof PORTS, string>>, file: string): string {
  return `The page:          ${addresses.page}/
Alerts of Falco:   curl --data-binary @falco-events.jsonl ${addresses.falco}/
Audit events:      curl --data-binary @audit.log ${addresses.audit}/k8s-audit
Configuration:     ${file}
Ctrl-C ends it.
`
}

/** Where there is no browser nothing happens: the address is on the screen. */
function openPage(url: string): void {
  if (
    process.env.DISPLAY === undefined &&
    process.env.WAYLAND_DISPLAY === undefined &&
    process.platform === 'linux'
  )
    return
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open'
  spawn(program, [`${url}/`], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref()
}
