// A consumer whose alerts have the fields and tags that the configuration adds. What is in the queue stays as it was received.
// Used by the server for the store and for outputs; evidence is sealed without.
import type { AlertEnrichment, Native } from '../../native/native.ts'
import type { ServeConfig } from '../config/config.ts'
import type { QueueConsumer } from '../queue/queue.ts'

/** What a configuration adds, or nothing. */
export function enrichmentOf(
  native: Native,
  { fields, tags }: Pick<ServeConfig, 'fields' | 'tags'>,
): AlertEnrichment | undefined {
  const names = Object.keys(fields)
  if (names.length === 0 && tags.length === 0) return undefined
  return new native.AlertEnrichment(names, Object.values(fields), [...tags])
}

/** The consumer, its lines with what `enrichment` gives at that moment adds. */
export function enriched(
  consumer: QueueConsumer,
  enrichment: () => AlertEnrichment | undefined,
): QueueConsumer {
  return {
    name: consumer.name,
    take: async (limit, signal) => {
      const batch = await consumer.take(limit, signal)
      const adding = enrichment()
      if (batch === undefined || adding === undefined) return batch
      return { ...batch, lines: await adding.apply(batch.lines) }
    },
    settle: positions => consumer.settle(positions),
    rewind: () => consumer.rewind(),
  }
}
