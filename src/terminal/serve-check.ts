// What a configuration of the server would do, for a person: a heading a part, a line a thing.
// Computes nothing. Used by `lanner serve check`.
import type { DescribedConfig, DescribedRetention, DescribedRoute } from '../serve/config/description.ts'
import { type ConfigFault, faultText } from '../serve/config/fault.ts'
import { spanText } from '../serve/config/span-text.ts'
import type { DescribedRules } from '../serve/inputs/judging-rules.ts'
import { counted } from './counted.ts'
import { humanBytes } from './progress.ts'
import type { Paint } from './style.ts'
import { renderTable } from './table.ts'

/** The text for stdout. */
export function renderConfig(
  file: string,
  config: DescribedConfig & { readonly rules: readonly DescribedRules[] },
  warnings: readonly ConfigFault[],
  paint: Paint,
): string {
  const parts = [
    ['listens', renderTable([], listeners(config))],
    [
      'follows',
      renderTable(
        [],
        config.follow.map(({ file: followed, source }) => [followed, source]),
      ),
    ],
    ['judges', renderTable([], rules(config.rules))],
    ['store', storeText(config.store)],
    ['queue', `${config.queue.place}, ${humanBytes(config.queue.limit)} at most\n`],
    ['outputs', renderTable([], outputs(config))],
    ['routes', config.routes.map((route, index) => routeText(index + 1, route)).join('')],
    ['seals', sealText(config.seal)],
  ] as const
  const body = parts
    .filter(([, text]) => text.trim() !== '')
    .map(([title, text]) => `${paint('strong', title)}\n${text.replace(/^(?=.)/gm, '  ')}`)
  const remarks = warnings.map(warning => `${paint('caution', 'warning')}: ${faultText(warning)}\n`)
  return `${file} ${paint('good', 'is valid')}\n\n${body.join('')}${remarks.length === 0 ? '' : `\n${remarks.join('')}`}`
}

function listeners({ listeners: all }: DescribedConfig): string[][] {
  return all.map(({ name, address, access, tls }) => [
    name,
    address,
    tls ? 'TLS' : 'plain',
    accessText(access),
  ])
}

/** A proxy's header does instead of a token; a certificate is asked for besides. */
function accessText(access: DescribedConfig['listeners'][number]['access']): string {
  if (access.length === 0) return 'open to this machine'
  const certificate = access.filter(each => each === 'client certificate')
  const named = access.filter(each => each !== 'client certificate')
  const groups = [named.join(' or a '), ...certificate].filter(group => group !== '')
  return `needs a ${groups.join(' and a ')}`
}

function rules(all: readonly DescribedRules[]): string[][] {
  return all.map(({ source, files, shipped, priority, rules: count, judging }) => {
    const some = judging === count ? '' : `${judging} of `
    const urgent = priority === 'Debug' ? '' : `, ${priority} or more urgent`
    return [
      source,
      `by ${some}${counted(count, 'rule')}${urgent}`,
      `${files.join(', ')}${shipped ? ', which is shipped' : ''}`,
    ]
  })
}

function storeText(store: DescribedConfig['store']): string {
  if (store === null) return ''
  return `${store.place}, ${keptText(store)}\n`
}

function keptText({ age, size }: DescribedRetention): string {
  const kept = [
    ...(age === null ? [] : [`for ${spanText(age)}`]),
    ...(size === null ? [] : [`${humanBytes(size)} at most`]),
  ]
  return `kept ${kept.length === 0 ? 'for ever' : kept.join(', ')}`
}

function outputs({ outputs: all }: DescribedConfig): string[][] {
  return all.map(({ name, type, routes }) => {
    if (routes === null) return [name, type, 'every alert']
    return [name, type, routes.length === 0 ? 'nothing: no route names it' : `by ${routes.join(', ')}`]
  })
}

function routeText(number: number, route: DescribedRoute): string {
  const { asks, group, dedup, rate } = route
  const to = route.outputs.length === 0 ? 'nowhere' : route.outputs.join(', ')
  const lines = [
    asks.length === 0 ? 'takes every alert' : `takes ${asks.join(', and ')}`,
    ...(dedup === null ? [] : [`the same again within ${spanText(dedup.for)} is counted${byText(dedup.by)}`]),
    ...(rate === null ? [] : [`beyond ${rate.limit} in ${spanText(rate.per)} alerts are counted`]),
    ...(group === null
      ? []
      : [`${group.most} together, after ${spanText(group.wait)} at most${byText(group.by)}`]),
    ...(route.continue ? [] : ['routes behind it are not asked for what it takes']),
  ]
  return `${number}. ${route.name} → ${to}\n${lines.map(line => `     ${line}\n`).join('')}`
}

function byText(names: readonly string[]): string {
  return names.length === 0 ? '' : `, by ${names.join(', ')}`
}

function sealText(seal: DescribedConfig['seal']): string {
  if (seal === null) return ''
  return `windows of ${spanText(seal.every)} or ${seal.alerts} alerts into ${seal.directory}, ${keptText(seal)}\n`
}
