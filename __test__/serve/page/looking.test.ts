// Looking at alerts in a real browser: narrowing, zooming, completing, stepping by keys, links that show the same, the live tail.
import type { Page } from 'playwright-core'
import { open, shown, test } from './browser.ts'
import { listen } from './listening.ts'
import { idAt, lineAt } from './made-alerts.ts'

const COUNT = 3000

/** As much of a browser's globals as is used here; these tests are compiled for Node. */
interface Browser {
  readonly document: {
    querySelector(selector: string): { textContent: string; scrollTop: number; scrollHeight: number } | null
  }
}

async function title(page: Page): Promise<string> {
  return (await page.getByRole('heading', { level: 1 }).textContent()) ?? ''
}

/** Waits for the view's title to be another than `before`. */
async function changed(page: Page, before: string): Promise<string> {
  await page.waitForFunction(text => {
    const heading = (globalThis as unknown as Browser).document.querySelector('h1')
    return heading !== null && heading.textContent !== text
  }, before)
  return title(page)
}

test.serial('a click on a rule narrows, another widens again', async t => {
  const { origin } = await listen(t, { count: COUNT })
  const { page, complaints } = await open(t, origin, '#/overview')
  const all = await title(page)
  t.is(all, '3,000 alerts')
  const rule = page.getByRole('region', { name: 'Rules' }).getByRole('button').first()
  const [, name = '', count = ''] = /^(.*?)([\d,]+)$/.exec((await rule.textContent()) ?? '') ?? []
  await rule.click()
  t.is(await changed(page, all), `${count} alerts`)
  t.true(page.url().includes('#/overview?q=rule'))
  await page.getByRole('button', { name: `Remove filter rule="${name}"` }).click()
  t.is(await changed(page, `${count} alerts`), all)
  t.deepEqual(complaints, [])
})

test.serial('dragging over the chart chooses that stretch of time', async t => {
  const { origin } = await listen(t, { count: COUNT })
  const { page } = await open(t, origin, '#/overview')
  const before = await title(page)
  const box = await page.locator('.u-over').boundingBox()
  if (box === null) return t.fail('no chart')
  await page.mouse.move(box.x + box.width * 0.25, box.y + 50)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.5, box.y + 60, { steps: 4 })
  await page.mouse.up()
  await changed(page, before)
  t.regex(page.url(), /from=2026-10-\d+T.*&to=2026-11-\d+T/)
})

test.serial('the search box completes names and values by keys, and Enter asks', async t => {
  const { origin } = await listen(t, { count: COUNT })
  const { page } = await open(t, origin, '#/alerts')
  const before = await title(page)
  await page.keyboard.press('/')
  await page.keyboard.type('proc.na')
  await page.getByRole('option', { name: 'proc.name' }).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.keyboard.type('tcp')
  await page.getByRole('option', { name: 'tcpdump' }).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  const box = page.getByRole('combobox')
  t.is(await box.inputValue(), 'proc.name=tcpdump ')
  await page.keyboard.press('Enter')
  await changed(page, before)
  t.true(page.url().endsWith('#/alerts?q=proc.name%3Dtcpdump'))
  t.is((await page.getByRole('cell', { name: 'Packet socket created in container' }).count()) > 0, true)
})

test.serial('a completion is taken once, however fast Enter follows Enter', async t => {
  const { origin } = await listen(t, { count: COUNT })
  const { page } = await open(t, origin, '#/alerts')
  // No suggestion comes any more once the first was taken: what is shown is that of the text before.
  const before = await title(page)
  await page.getByRole('combobox').fill('proc.name=tcp')
  await page.getByRole('option', { name: 'tcpdump' }).waitFor()
  await page.route('**/fields/**', () => undefined)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Enter')
  await changed(page, before)
  t.true(page.url().endsWith('#/alerts?q=proc.name%3Dtcpdump'))
})

test.serial('a value with spaces is completed with its quotes', async t => {
  const { origin } = await listen(t, { count: COUNT })
  const { page } = await open(t, origin, '#/alerts')
  await page.getByRole('combobox').fill('rule=Pack')
  await page.getByRole('option').first().waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Tab')
  t.is(await page.getByRole('combobox').inputValue(), 'rule="Packet socket created in container" ')
})

test.serial('a query that can not be read is told with its place, and nothing is asked', async t => {
  const { origin } = await listen(t, { count: 3 })
  const { page } = await open(t, origin, '#/alerts')
  const address = page.url()
  await page.getByRole('combobox').fill('shell priority=Loud')
  await page.keyboard.press('Enter')
  t.regex((await page.getByRole('alert').textContent()) ?? '', /column 7/)
  t.is(page.url(), address)
})

test.serial('j and k step, Enter opens, Escape closes and the focus is back on its row', async t => {
  const { origin } = await listen(t, { count: COUNT })
  const { page } = await open(t, origin, '#/alerts')
  const focused = (): Promise<unknown> => page.evaluate('document.activeElement.dataset.alert')
  const reached = (at: number): Promise<void> => page.locator(`[data-alert="${idAt(at)}"]:focus`).waitFor()
  await page.locator(`[data-alert="${idAt(0)}"]`).waitFor()
  for (const at of [0, 1, 2]) {
    await page.keyboard.press('j')
    await reached(at)
  }
  await page.keyboard.press('k')
  await reached(1)
  await page.keyboard.press('Enter')
  await page.getByRole('complementary', { name: 'Alert' }).getByRole('heading', { level: 2 }).waitFor()
  t.true(page.url().endsWith(`alert=${idAt(1)}`))
  await page.keyboard.press('j')
  await page.waitForURL(`**alert=${idAt(2)}`)
  await page.keyboard.press('Escape')
  await page.getByRole('complementary', { name: 'Alert' }).waitFor({ state: 'detached' })
  await reached(2)
  t.is(await focused(), idAt(2))
})

test.serial('keys that come faster than the page is drawn are all obeyed', async t => {
  const { origin } = await listen(t, { count: COUNT })
  const { page } = await open(t, origin, '#/alerts')
  await page.locator(`[data-alert="${idAt(0)}"]`).waitFor()
  // All of them within one task: no frame is drawn between them.
  await page.evaluate(`for (const key of ['j', 'j', 'j']) {
    document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
  }`)
  await page.keyboard.press('Enter')
  await page.waitForURL(`**alert=${idAt(2)}`)
  t.pass()
})

test.serial('j goes on beyond what is in sight', async t => {
  const { origin } = await listen(t, { count: COUNT })
  const { page } = await open(t, origin, '#/alerts')
  await page.locator(`[data-alert="${idAt(0)}"]`).waitFor()
  for (let at = 0; at < 60; at += 1) {
    await page.keyboard.press('j')
    await page.locator(`[data-alert="${idAt(at)}"]:focus`).waitFor()
  }
  t.true(await page.evaluate(`document.querySelectorAll('.alerts tbody tr').length < 120`))
})

test.serial('scrolling loads on, and only what is in sight is in the page', async t => {
  const { origin } = await listen(t, { count: COUNT })
  const { page } = await open(t, origin, '#/alerts')
  await page.waitForFunction(
    last => {
      const { document } = globalThis as unknown as Browser
      const main = document.querySelector('main')
      if (main !== null) main.scrollTop = main.scrollHeight
      return document.querySelector(`[data-alert="${last}"]`) !== null
    },
    idAt(COUNT - 1),
  )
  t.true(await page.evaluate(`document.querySelectorAll('.alerts tbody tr').length < 120`))
})

test.serial('every field of an alert is shown with all its digits, and the line as it came', async t => {
  const { origin } = await listen(t, { count: 10 })
  const { page } = await open(t, origin, `#/overview?alert=${idAt(4)}`)
  const panel = page.getByRole('complementary', { name: 'Alert' })
  await panel.getByRole('heading', { level: 2 }).waitFor()
  const line = lineAt(4, 10)
  const { output_fields: fields } = JSON.parse(line) as { output_fields: Record<string, unknown> }
  for (const name of Object.keys(fields)) {
    t.is(await panel.getByRole('rowheader', { name, exact: true }).count(), 1, name)
  }
  const [, time = ''] = /"evt.time":(\d+)/.exec(line) ?? []
  t.is(await panel.getByText(time, { exact: true }).count(), 1)
  await panel.getByText('As received').click()
  t.is(await panel.locator('pre').textContent(), line)
  await panel.getByRole('button', { name: 'Copy JSON' }).click()
  await page.getByText('Copied').first().waitFor()
  t.is(await page.evaluate('navigator.clipboard.readText()'), line)
})

test.serial('an alert leads to its pod, the minutes around it, and its actor’s timeline', async t => {
  const { origin } = await listen(t, { count: COUNT })
  const { page } = await open(t, origin, `#/alerts?alert=${idAt(4)}`)
  const nav = page.getByRole('navigation', { name: 'From here' })
  await nav.getByRole('link', { name: /Around this time/ }).click()
  await page.waitForURL(/from=.*to=/)
  await nav.getByRole('link', { name: /Same pod/ }).click()
  await page.waitForURL(/k8s\.pod\.name/)
  await nav.getByRole('link', { name: /Actor’s timeline/ }).click()
  await page.getByRole('heading', { level: 1, name: /Timeline/ }).waitFor()
  t.is(await page.locator(`.step [data-alert="${idAt(4)}"]`).count(), 1)
})

test.serial('a field of an alert becomes a filter', async t => {
  const { origin } = await listen(t, { count: COUNT })
  const { page } = await open(t, origin, `#/overview?alert=${idAt(4)}`)
  await page.getByRole('button', { name: 'Filter by proc.name' }).click()
  await page.waitForURL(/#\/alerts\?q=proc\.name/)
  await shown(page)
  t.is(await page.getByRole('button', { name: /^Remove filter proc\.name=/ }).count(), 1)
})

test.serial('a link shows the same view, query, time and alert in another window', async t => {
  const { origin } = await listen(t, { count: COUNT })
  const fragment = `#/alerts?q=priority%3DWarning%2CNotice&from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z&alert=${idAt(60)}`
  const [one, other] = [await open(t, origin, fragment), await open(t, origin, fragment)]
  t.is(await title(one.page), await title(other.page))
  t.is(await one.page.getByRole('complementary', { name: 'Alert' }).count(), 1)
  t.is(await one.page.getByText('Nov 20 00:00 – Nov 21 00:00').count(), 1)
  t.is(await one.page.getByRole('combobox').inputValue(), 'priority=Warning,Notice')
})

test.serial('Back goes back through what was looked at', async t => {
  const { origin } = await listen(t, { count: 50 })
  const { page } = await open(t, origin, '#/overview')
  await page.keyboard.press('2')
  await page.locator('.results').waitFor()
  await page.keyboard.press('3')
  await page.locator('.live').waitFor()
  await page.goBack()
  await page.locator('.results').waitFor()
  await page.goBack()
  await page.locator('.overview').waitFor()
  t.pass()
})

test.serial('the live tail shows what is posted, holds still while paused, and goes on', async t => {
  const { origin } = await listen(t)
  const { page, complaints } = await open(t, origin, '#/live')
  await page.getByText('Watching, 0 so far').waitFor()
  const post = async (rule: string): Promise<void> => {
    const event = {
      rule,
      priority: 'Critical',
      time: '2026-11-21T20:00:00Z',
      output: 'ouch',
      output_fields: {},
    }
    await fetch(`${origin}/api/v1/events/add`, {
      method: 'POST',
      body: JSON.stringify({ event, outputs: [] }),
    })
  }
  await post('First rule')
  await page.getByRole('link', { name: 'First rule' }).waitFor()
  await page.keyboard.press('p')
  await post('Second rule')
  await page.getByText('Paused, 1 new').waitFor()
  t.is(await page.getByRole('link', { name: 'Second rule' }).count(), 0)
  await page.keyboard.press('p')
  await page.getByRole('link', { name: 'Second rule' }).waitFor()
  t.deepEqual(await page.locator('.cell-rule a').allTextContents(), ['Second rule', 'First rule'])
  t.deepEqual(complaints, [])
})

test.serial('where a token is set one logs in, looks, and logs out', async t => {
  const { origin } = await listen(t, { count: 5, token: 'open sesame' })
  const { page } = await open(t, origin, '#/alerts?q=priority%3ENotice')
  await page.getByLabel('Token').fill('wrong')
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByText('This is not the token').waitFor()
  await page.getByLabel('Token').fill('open sesame')
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('combobox').waitFor()
  t.false(page.url().includes('sesame'))
  t.is(await page.evaluate('document.cookie'), '')
  await page.getByRole('button', { name: 'Log out' }).click()
  await page.getByLabel('Token').waitFor()
})

test.serial('the help opens by its key, names every key, and closes', async t => {
  const { origin } = await listen(t, { count: 1 })
  const { page } = await open(t, origin, '#/overview')
  await page.keyboard.press('?')
  const help = page.getByRole('dialog', { name: 'Help' })
  await help.waitFor()
  t.is(await help.locator('kbd').count(), 10)
  await page.keyboard.press('Escape')
  await help.waitFor({ state: 'hidden' })
  await page.keyboard.press('?')
  await help.getByRole('button', { name: 'Close help' }).click()
  await help.waitFor({ state: 'hidden' })
  t.pass()
})

test.serial('alerts are exported by a link that carries the question', async t => {
  const { origin } = await listen(t, { count: 40 })
  const { page } = await open(t, origin, '#/alerts?q=priority%3DNotice')
  await page.getByText('Export', { exact: true }).click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: /JSON lines/ }).click(),
  ])
  t.is(download.suggestedFilename(), 'alerts.jsonl')
  t.true(download.url().endsWith('/api/v2/export?q=priority%3DNotice'))
})

test.serial('a server that went away is told in words', async t => {
  const { origin } = await listen(t, { count: 5 })
  const { page } = await open(t, origin, '#/overview')
  await page.route('**/api/**', route => route.abort())
  await page.keyboard.press('2')
  await page.getByText('The server does not answer').waitFor()
  t.pass()
})
