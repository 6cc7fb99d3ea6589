// A real Chromium without network of its own, one for a test file, a fresh profile each; what its pages complain about is kept.
// Used by the tests of the page. Where no Chromium is installed those are skipped aloud.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import anyTest, { type ExecutionContext, type TestFn } from 'ava'
import { type BrowserContext, chromium, type Page } from 'playwright-core'

const PROGRAM = process.env.LANNER_CHROMIUM ?? '/usr/bin/chromium'
/** Sizes every view must be good at. */
export const SIZES = [
  { width: 390, height: 844 },
  { width: 1440, height: 900 },
] as const

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** How a page is opened. */
export interface Opening {
  readonly width?: number
  readonly height?: number
  readonly scheme?: 'light' | 'dark'
}

/** A page, and what it should not have done. */
export interface Opened {
  readonly page: Page
  /** Errors on the console, uncaught ones, and requests to another origin. */
  readonly complaints: readonly string[]
}

/** `test` where there is a browser; elsewhere it names what is missing. */
export const test: TestFn = existsSync(PROGRAM) ? anyTest : (anyTest.skip as unknown as TestFn)
if (!existsSync(PROGRAM))
  anyTest(`skipped: no browser at ${PROGRAM}; LANNER_CHROMIUM names another`, t => t.pass())

let profile: string | undefined
let running: Promise<BrowserContext> | undefined

function browser(): Promise<BrowserContext> {
  profile ??= mkdtempSync(join(tmpdir(), 'lanner-page-'))
  running ??= chromium.launchPersistentContext(profile, {
    executablePath: PROGRAM,
    headless: true,
    args: ARGUMENTS,
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  return running
}

anyTest.after.always('the browser ends and its profile goes', async () => {
  await (await running)?.close()
  if (profile !== undefined) rmSync(profile, { recursive: true, force: true })
})

/** Opens `origin` at a fragment and waits until the view is there. */
export async function open(
  t: ExecutionContext,
  origin: string,
  fragment: string,
  { width = 1440, height = 900, scheme = 'light' }: Opening = {},
): Promise<Opened> {
  const page = await (await browser()).newPage()
  t.teardown(() => page.close())
  await page.setViewportSize({ width, height })
  await page.emulateMedia({ colorScheme: scheme })
  const complaints: string[] = []
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', error => complaints.push(String(error)))
  page.on('request', request => {
    if (!request.url().startsWith(`${origin}/`)) complaints.push(`asked ${request.url()}`)
  })
  await page.goto(`${origin}/${fragment}`)
  await shown(page)
  return { page, complaints }
}

/** Waits until a view stands, with data or the words that say why there is none. */
export async function shown(page: Page): Promise<void> {
  await page.locator('.overview, .results, .timeline, .live, .login, .state:not(.waiting)').first().waitFor()
}

/** Pixels by which the page is wider than what shows it. */
export async function overhang(page: Page): Promise<number> {
  return page.evaluate(
    `Math.max(...['html', 'main', '.open-alert'].flatMap(name => [...document.querySelectorAll(name)])
      .map(element => element.scrollWidth - element.clientWidth))`,
  )
}
