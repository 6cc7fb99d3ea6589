// Every number the server counts, under falcosidekick's names where it has them, so that existing dashboards go on.
// Counts only what it is told. Read at `/metrics`; filled by inputs and pipeline.
import type { QueueStatus } from '../queue/queue.ts'
import { Counter, type Family, Gauge, Histogram } from './family.ts'
import { MatchCounter } from './matches.ts'

/** Seconds. */
const ACCEPT_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]
const DELIVERY_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 21600]

/** Alerts are counted by what they say, which is not ours to choose: so many series at most. */
const ALERT_SERIES = 5000

/** The content type of `text()`. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** Labels of {@link ServerMetrics.alerts}. */
export const ALERT_LABELS = [
  'hostname',
  'rule',
  'priority',
  'priority_raw',
  'source',
  'k8s_ns_name',
  'k8s_pod_name',
] as const

/** See the file. */
export class ServerMetrics {
  /** By `source` (the input) and `status`: accepted, rejected. */
  readonly inputs: Counter = new Counter(
    'falcosecurity_falcosidekick_inputs_total',
    'Alerts received, by input and whether they were accepted.',
    ['source', 'status'],
  )
  /** By `destination` and `status`: ok, error. */
  readonly outputs: Counter = new Counter(
    'falcosecurity_falcosidekick_outputs_total',
    'Alerts given to an output, by how that went; one that is tried again counts each time.',
    ['destination', 'status'],
  )
  /** By {@link ALERT_LABELS}. */
  readonly alerts: Counter = new Counter(
    'falcosecurity_falcosidekick_falco_events_total',
    'Alerts accepted, by what they say.',
    ALERT_LABELS,
    ALERT_SERIES,
  )
  readonly requests: Counter = new Counter(
    'lanner_requests_total',
    'Requests answered, by listener and status code.',
    ['listener', 'code'],
  )
  /** Events that rules judged, by source. */
  readonly judged: Counter = new Counter('lanner_events_judged_total', 'Events judged by rules, by source.', [
    'source',
  ])
  readonly retries: Counter = new Counter(
    'lanner_output_retries_total',
    'Deliveries tried again, by output.',
    ['output'],
  )
  /** By `reason`: refused, attempts. They are among the dead letters. */
  readonly dropped: Counter = new Counter(
    'lanner_output_dropped_total',
    'Alerts given up and kept as dead letters, by output and reason.',
    ['output', 'reason'],
  )
  readonly stored: Counter = new Counter('lanner_store_alerts_total', 'Alerts put into the store.')
  readonly storeErrors: Counter = new Counter(
    'lanner_store_errors_total',
    'Insertions into the store that went wrong and were tried again.',
  )
  readonly reloads: Counter = new Counter('lanner_config_reloads_total', 'Configurations read anew.', [
    'status',
  ])
  readonly accept: Histogram = new Histogram(
    'lanner_accept_seconds',
    'From the head of a request to its answer, by listener.',
    ['listener'],
    ACCEPT_BOUNDS,
  )
  readonly delivery: Histogram = new Histogram(
    'lanner_delivery_seconds',
    'From the acceptance of an alert to its delivery, by output.',
    ['output'],
    DELIVERY_BOUNDS,
  )
  /** Filled by outputs of the kind `prometheus`. */
  readonly matches: MatchCounter = new MatchCounter()
  readonly #more: Family[] = [this.matches]

  /** `status` is asked whenever the numbers are read. */
  constructor(status: () => QueueStatus) {
    const each = (pick: (consumer: QueueStatus['consumers'][number]) => number) => () =>
      status().consumers.map(consumer => [[consumer.name], pick(consumer)] as const)
    this.add(
      new Gauge(
        'lanner_queue_depth',
        'Alerts not settled, by consumer.',
        ['consumer'],
        each(one => one.depth),
      ),
    )
    this.add(
      new Gauge(
        'lanner_queue_oldest_age_seconds',
        'Age of the oldest alert not settled, by consumer.',
        ['consumer'],
        each(one => one.oldest / 1000),
      ),
    )
    this.add(new Gauge('lanner_queue_bytes', 'Bytes of the queue on disk.', [], () => [[[], status().bytes]]))
    this.add(
      new Gauge('lanner_queue_limit_bytes', 'Bytes the queue may have.', [], () => [[[], status().limit]]),
    )
  }

  /** Numbers that another part keeps. */
  add(family: Family): void {
    this.#more.push(family)
  }

  /** All of them, as Prometheus reads them. */
  text(): string {
    const own = Object.values(this).filter(value => value instanceof Counter || value instanceof Histogram)
    const lines = [...own, ...this.#more].flatMap(family => [...family.lines()])
    return `${lines.join('\n')}\n`
  }
}
