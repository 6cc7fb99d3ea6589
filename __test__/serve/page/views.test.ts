// Every view, at the width of a phone and of a desk, with no, one and a million alerts: it stands, fits, and complains of nothing.
import type { ExecutionContext } from 'ava'
import { open, overhang, SIZES, test } from './browser.ts'
import { listen } from './listening.ts'
import { idAt } from './made-alerts.ts'

const MILLION = 1_000_000
const VIEWS = [
  { name: 'overview', fragment: '#/overview' },
  { name: 'search results', fragment: '#/alerts' },
  { name: 'live tail', fragment: '#/live' },
  { name: 'timeline', fragment: '#/timeline?q=k8s.ns.name=shop' },
  { name: 'open alert', fragment: `#/alerts?alert=${idAt(0)}` },
] as const

const ends: (() => unknown)[] = []
let listening: ReturnType<typeof listen> | undefined

/** One listener over a million for all: making the columns takes a while. */
function million(): ReturnType<typeof listen> {
  listening ??= listen({ teardown: end => ends.push(end) }, { count: MILLION })
  return listening
}

test.after.always('the listener over a million closes', async () => {
  for (const end of ends) await end()
})

async function stands(
  t: ExecutionContext,
  origin: string,
  fragment: string,
  size: { readonly width: number; readonly height: number },
): Promise<void> {
  const { page, complaints } = await open(t, origin, fragment, size)
  if (fragment.includes('alert=')) await page.locator('.pivot').first().waitFor()
  t.true((await overhang(page)) <= 0, 'wider than the window')
  t.deepEqual(complaints, [])
}

for (const { name, fragment } of VIEWS) {
  for (const size of SIZES) {
    for (const count of [0, 1]) {
      test.serial(`${name} stands at ${size.width} pixels with ${count} alerts`, async t => {
        if (count === 0 && name === 'open alert') return t.pass()
        const { origin } = await listen(t, { count })
        return stands(t, origin, fragment, size)
      })
    }
    test.serial(`${name} stands at ${size.width} pixels with a million alerts`, async t => {
      return stands(t, (await million()).origin, fragment, size)
    })
  }
}

for (const { name, fragment } of VIEWS) {
  test.serial(`${name} stands at 320 pixels, which is 1280 enlarged four times`, async t => {
    const { origin } = await listen(t, { count: 1 })
    return stands(t, origin, fragment, { width: 320, height: 568 })
  })
}

for (const scheme of ['light', 'dark'] as const) {
  test.serial(`the page is ${scheme} where the system is, and words stand out`, async t => {
    const { origin } = await listen(t, { count: 30 })
    const { page } = await open(t, origin, '#/overview', { scheme })
    const colours: { ground: string; ink: string }[] = await page.evaluate(`
      [document.body, ...document.querySelectorAll('h1, .facet-name, .facet-count, .latest time, .facet h2 small')]
        .map(element => ({ ground: getComputedStyle(document.body).backgroundColor, ink: getComputedStyle(element).color }))`)
    t.is(luminance(colours[0]?.ground ?? '') > 0.5, scheme === 'light')
    for (const { ground, ink } of colours) t.true(contrast(ground, ink) >= 4.5, `${ink} on ${ground}`)
  })
}

test.serial('the switch of colours goes round and is remembered', async t => {
  const { origin } = await listen(t, { count: 1 })
  const { page } = await open(t, origin, '#/overview')
  const theme = async (): Promise<unknown> => page.evaluate('document.documentElement.dataset.theme')
  t.is(await theme(), 'system')
  await page.getByRole('button', { name: /^Colours/ }).click()
  await page.getByRole('button', { name: 'Colours: light' }).click()
  t.is(await theme(), 'dark')
  await page.reload()
  await page.getByRole('button', { name: 'Colours: dark' }).waitFor()
  t.is(await theme(), 'dark')
})

test.serial('landmarks, names and a table of rows are told to screen readers', async t => {
  const { origin } = await million()
  const { page } = await open(t, origin, `#/alerts?alert=${idAt(2)}`)
  await page.getByRole('complementary', { name: 'Alert' }).getByRole('heading', { level: 2 }).waitFor()
  for (const landmark of ['banner', 'main', 'search', 'complementary'] as const) {
    t.is(await page.getByRole(landmark).count(), 1, landmark)
  }
  t.is(await page.getByRole('navigation', { name: 'Views' }).getByRole('link').count(), 3)
  t.is(await page.getByRole('combobox', { name: 'Search alerts' }).count(), 1)
  const table = page.getByRole('table', { name: '1,000,000 alerts, newest first' })
  t.is(await table.getAttribute('aria-rowcount'), '1000001')
  t.is(await table.getByRole('columnheader').count(), 4)
  t.is(await table.getByRole('row').nth(1).getAttribute('aria-rowindex'), '2')
  t.regex(
    (await page.getByRole('img').getAttribute('aria-label')) ?? '',
    /^1,000,000 alerts from .* Notice [\d,]+/,
  )
  const nameless: string[] = await page.evaluate(`
    [...document.querySelectorAll('button, a, input, summary')]
      .filter(element => !(element.ariaLabel ?? '') && !element.textContent.trim() && !element.labels?.length)
      .map(element => element.outerHTML)`)
  t.deepEqual(nameless, [])
})

test.serial('the chart is there as a table too', async t => {
  const { origin } = await listen(t, { count: 500 })
  const { page } = await open(t, origin, '#/overview')
  await page.getByText('Show as a table').click()
  const table = page.getByRole('table', { name: 'Alerts over time by priority' })
  const sums = await table.locator('tbody td:last-child').allTextContents()
  t.is(
    sums.reduce((sum, text) => sum + Number(text.replace(',', '')), 0),
    500,
  )
})

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number).map(part => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** As WCAG 2.2 defines it. */
function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}
