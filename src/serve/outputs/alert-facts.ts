// An alert as a list of names and values for people: first what every alert has, then its fields by name; nothing empty.
// Cuts nothing. Used by chat messages, mails and pagers.
import type { AcceptedAlert } from '../alert.ts'
import { plainText } from './json-text.ts'

/** One line of it. */
export interface Fact {
  readonly name: string
  readonly value: string
}

/** The alert's fields that have a value, by name. */
export function fieldFacts({ content }: AcceptedAlert): Fact[] {
  return Object.keys(content.fields)
    .sort()
    .map(name => ({ name, value: plainText(content.fields[name]) }))
    .filter(({ value }) => value !== '')
}

/** All that is known besides rule and output text. */
export function alertFacts(alert: AcceptedAlert): Fact[] {
  const { priority, source, hostname, tags, time } = alert.content
  const facts = [
    { name: 'priority', value: priority },
    { name: 'time', value: time },
    { name: 'hostname', value: hostname ?? '' },
    { name: 'source', value: source },
    { name: 'tags', value: tags.join(', ') },
    ...fieldFacts(alert),
    { name: 'uuid', value: alert.id },
  ]
  return facts.filter(({ value }) => value !== '')
}

/** What an alert says; its rule when it says nothing. */
export function outputText({ content }: AcceptedAlert): string {
  return content.output === '' ? content.rule : content.output
}
