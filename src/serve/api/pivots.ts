// The questions one alert suggests: the same process, the same pod, the minutes around it, what its actor did.
// Makes queries and asks nothing. Used by GET /api/v2/alerts/:id/neighbours.
import type { AcceptedAlert } from '../alert.ts'
import type { AlertQuery } from '../store/store.ts'
import { instantOf } from './instant.ts'
import { fieldText } from './query-match.ts'

/** One question, and what its answers have in common. */
export interface Pivot {
  readonly kind: 'process' | 'pod' | 'around' | 'actor'
  readonly title: string
  readonly query: AlertQuery
}

type Field = { readonly name: string; readonly value: string }

/** Five minutes in nanoseconds. */
const AROUND = 300_000_000_000n
/** Who acted, by the first of these that an alert has. */
const ACTORS = ['ka.user.name', 'ct.user', 'github.user', 'okta.actor.name']

/** Every question that makes sense for this alert. */
export function pivotsOf(alert: AcceptedAlert): readonly Pivot[] {
  return [processOf(alert), podOf(alert), aroundOf(alert), actorOf(alert)].filter(
    pivot => pivot !== undefined,
  )
}

function processOf(alert: AcceptedAlert): Pivot | undefined {
  const pid = fieldOf(alert, 'proc.pid')
  if (pid === undefined) return undefined
  // A pid alone comes back after a while, and every host has it.
  const start = fieldOf(alert, 'proc.pid.ts')
  const fields = [pid, ...(start === undefined ? [] : [start])]
  const name = fieldOf(alert, 'proc.name')?.value
  return {
    kind: 'process',
    title: `process ${name === undefined ? '' : `${name} `}${pid.value}${onHost(alert)}`,
    query: { ...ofHost(alert), fields },
  }
}

function podOf(alert: AcceptedAlert): Pivot | undefined {
  const fields = podFields(alert)
  if (fields.length === 0) return undefined
  const [pod, namespace] = fields
  const title =
    pod?.name === 'container.id'
      ? `container ${pod.value}`
      : `pod ${pod?.value}${namespace === undefined ? '' : ` in ${namespace.value}`}`
  return { kind: 'pod', title, query: { fields } }
}

/** The pod and its namespace; where Kubernetes is not known, the container. */
function podFields(alert: AcceptedAlert): readonly Field[] {
  const [pod, namespace] = [fieldOf(alert, 'k8s.pod.name'), fieldOf(alert, 'k8s.ns.name')]
  if (pod !== undefined) return namespace === undefined ? [pod] : [pod, namespace]
  const container = fieldOf(alert, 'container.id')
  return container === undefined || container.value === 'host' ? [] : [container]
}

function aroundOf({ content }: AcceptedAlert): Pivot | undefined {
  const at = instantOf(content.time)
  if (at === undefined) return undefined
  return {
    kind: 'around',
    title: '5 minutes before and after',
    query: { from: at - AROUND, to: at + AROUND },
  }
}

function actorOf(alert: AcceptedAlert): Pivot | undefined {
  const actor = ACTORS.map(name => fieldOf(alert, name)).find(field => field !== undefined)
  if (actor !== undefined) return { kind: 'actor', title: `user ${actor.value}`, query: { fields: [actor] } }
  const user = fieldOf(alert, 'user.name')
  if (user === undefined) return undefined
  // `root` alone is everybody: within the pod, or on the host, it is someone.
  const within = podFields(alert)
  const place = within[0] === undefined ? onHost(alert) : ` in ${within[0].value}`
  return {
    kind: 'actor',
    title: `user ${user.value}${place}`,
    query: { ...(within.length === 0 && ofHost(alert)), fields: [user, ...within] },
  }
}

function fieldOf({ content }: AcceptedAlert, name: string): Field | undefined {
  const value = fieldText(content.fields[name])
  return value === undefined || value === '' || value === '<NA>' ? undefined : { name, value }
}

function ofHost({ content }: AcceptedAlert): Pick<AlertQuery, 'hostnames'> {
  return content.hostname === undefined ? {} : { hostnames: [content.hostname] }
}

function onHost({ content }: AcceptedAlert): string {
  return content.hostname === undefined ? '' : ` on ${content.hostname}`
}
