// Help texts from the definitions the commands parse with: an overview of all, or everything about one.
// Wraps to 100 columns. Used by `cli-run.ts`.
import type { Definition } from 'clipanion'
import type { Paint } from './style.ts'

const WIDTH = 100
const CATEGORIES = ['Evidence', 'Detection', 'Server', 'Policy', 'Archive', 'Keys', 'Information']

/** One line a command, by category. */
export function overview(definitions: readonly Definition[], paint: Paint): string {
  const width = Math.max(...definitions.map(({ path }) => path.length)) + 2
  const groups = CATEGORIES.map(category => {
    const rows = definitions
      .filter(definition => definition.category?.trim() === category)
      .map(({ path, description }) => `  ${paint('name', path.padEnd(width))}${text(description)}\n`)
    return `${paint('strong', category)}\n${rows.join('')}\n`
  })
  return `Lanner: signed runtime evidence\n\n${groups.join('')}lanner COMMAND --help shows its options.\n`
}

/** Usage, what it does, options and examples of one command. `step` says that it takes a command after `--`. */
export function commandHelp(definition: Definition, step: boolean, paint: Paint): string {
  const positional = [...definition.usage.matchAll(/(?:<(?!-)[^>]+>|\.\.\.)(?=\s|$)/g)].map(([word]) => word)
  const usage = [
    definition.path,
    '[OPTIONS]',
    ...positional,
    ...(step ? ['-- COMMAND [ARGUMENTS]'] : []),
  ].join(' ')
  const sections = [`${paint('strong', 'usage')}: ${usage}\n\n${text(definition.description)}\n`]
  if (definition.details !== undefined) sections.push(paragraphs(definition.details))
  if (definition.options.length > 0) sections.push(options(definition, paint))
  const examples = definition.examples?.map(([label, words]) => `  ${label.trim()}\n    ${words}\n`)
  if (examples !== undefined) sections.push(`${paint('strong', 'examples')}\n${examples.join('\n')}`)
  return sections.join('\n')
}

function options({ options: all }: Definition, paint: Paint): string {
  const rows = all.map(({ definition, description, required }) => {
    const name = definition.replaceAll(/ #\d+/g, ' VALUE').replace(',', ', ')
    const note = required ? `${text(description)} (required)` : text(description)
    return `  ${paint('name', name)}\n${wrap(note, 6)}`
  })
  return `${paint('strong', 'options')}\n${rows.join('')}`
}

function paragraphs(details: string): string {
  return details
    .trim()
    .split(/\n\s*\n/)
    .map(paragraph => wrap(text(paragraph), 0))
    .join('\n')
}

/** Clipanion lays text out for its own width; this undoes it. */
function text(laidOut: string | undefined): string {
  return (laidOut ?? '').replaceAll(/\s+/g, ' ').trim()
}

/** Lines of up to 100 columns, each with its line feed, behind `indent` blanks. */
export function wrap(words: string, indent: number): string {
  const lines: string[] = []
  let line = ''
  for (const word of words.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > WIDTH - indent) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  lines.push(line)
  return lines.map(each => `${' '.repeat(indent)}${each}\n`).join('')
}
