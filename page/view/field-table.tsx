// Every field of an alert: what all alerts have first, then output fields by their family; each can be asked for or copied.
// Used by the open alert.
import type { ComponentChildren, JSX } from 'preact'
import { Fragment } from 'preact'
import type { AlertView } from '../ask/alert.ts'
import { CopyButton } from '../part/copy-button.tsx'
import { Icon } from '../part/icon.tsx'
import { isChosen, toggled } from '../place/filters.ts'
import { closed, type Place } from '../place/place.ts'
import { go } from '../place/use-place.ts'

interface Field {
  readonly name: string
  readonly value: string
}

const FAMILIES: Readonly<Record<string, string>> = {
  proc: 'Process',
  container: 'Container',
  k8s: 'Kubernetes',
  k8smeta: 'Kubernetes',
  ka: 'Audit event',
  ct: 'CloudTrail',
  fd: 'File or connection',
  fs: 'File or connection',
  user: 'User',
  group: 'User',
  evt: 'Event',
  thread: 'Process',
}

/** See the file. */
export function FieldTable({
  alert,
  place,
}: {
  readonly alert: AlertView
  readonly place: Place
}): JSX.Element {
  const own: Field[] = [
    { name: 'rule', value: alert.rule },
    { name: 'priority', value: alert.priority },
    { name: 'source', value: alert.source },
    { name: 'hostname', value: alert.hostname },
    ...alert.tags.map(tag => ({ name: 'tags', value: tag })),
    { name: 'time', value: alert.time },
    { name: 'uuid', value: alert.id },
  ]
  return (
    <div class="fields">
      <Group title="Alert" fields={own.filter(({ value }) => value !== '')} place={place} />
      {[...families(alert.fields)].map(([title, fields]) => (
        <Group key={title} title={title} fields={fields} place={place} />
      ))}
    </div>
  )
}

/** A long name breaks behind its dots. */
function breakable(name: string): ComponentChildren {
  return name.split(/(?<=\.)/).map(part => (
    <Fragment key={part}>
      {part}
      <wbr />
    </Fragment>
  ))
}

function families(fields: readonly Field[]): Map<string, Field[]> {
  const groups = new Map<string, Field[]>()
  for (const field of fields) {
    const title = FAMILIES[field.name.split(/[.[]/, 1)[0] ?? ''] ?? 'Other'
    groups.set(title, [...(groups.get(title) ?? []), field])
  }
  return groups
}

interface GroupParts {
  readonly title: string
  readonly fields: readonly Field[]
  readonly place: Place
}

const NOT_ASKED = new Set(['time', 'uuid'])

function Group({ title, fields, place }: GroupParts): JSX.Element {
  return (
    <table class="field-table">
      <caption>{title}</caption>
      <tbody>
        {fields.map(({ name, value }) => (
          <tr key={`${name} ${value}`}>
            <th scope="row">{breakable(name)}</th>
            <td>
              <span>{value}</span>
            </td>
            <td class="field-actions">
              {!NOT_ASKED.has(name) && <Ask name={name} value={value} place={place} />}
              <CopyButton small label={`Copy ${name}`} text={() => value} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Ask({ name, value, place }: Field & { readonly place: Place }): JSX.Element {
  const chosen = isChosen(place.query, name, value)
  const label = chosen ? `No longer filter by ${name}` : `Filter by ${name}`
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      title={label}
      onClick={() => go(closed({ ...place, view: 'alerts', query: toggled(place.query, name, value) }))}
    >
      <Icon name={chosen ? 'minus' : 'plus'} />
    </button>
  )
}
