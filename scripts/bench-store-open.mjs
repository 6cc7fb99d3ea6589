// Opens a store for bench-store.mjs: the file of the addon as it stands in dist, or Redis through the server's own module.
// Gives both the interface of `src/serve/store/store.ts`; measures nothing.

import { join } from 'node:path'
import { root } from './command.mjs'

/** A store, with `settle` to wait for what goes on after insertions. */
export function openStore({ folder, redis }) {
  return redis === undefined ? openFile(folder) : openRedis(redis)
}

async function openFile(folder) {
  const native = await import(join(root, 'dist', 'binding.js'))
  const file = await native.openAlertStore(folder, false)
  const asked = ({ fields, ...query }) => ({
    ...query,
    ...(fields && { fields: fields.flatMap(({ name, value }) => [name, value]) }),
  })
  return {
    async insert(lines, count) {
      const { added, upkeep } = await file.insert(lines)
      if (added !== count || upkeep !== undefined)
        throw new Error(`${added} of ${count} were added: ${upkeep}`)
    },
    async search(query, { limit, after }) {
      return file.search(asked(query), limit, after)
    },
    count: query => file.count(asked(query)),
    facet: (query, by, limit) => file.facet(asked(query), by, limit),
    histogram: (query, by, { from, to, buckets }) => file.histogram(asked(query), by, from, to, buckets),
    get: id => file.get(id),
    fieldNames: (prefix, limit) => file.fieldNames(prefix, limit),
    fieldValues: (name, prefix, limit) => file.fieldValues(name, prefix, limit),
    extent: () => file.extent(),
    retain: ({ since, bytes }) => file.retain(since, bytes),
    // Removes nothing, once everything is merged.
    settle: () => file.retain(undefined, undefined),
    close: () => file.close(),
  }
}

async function openRedis(url) {
  const { openRedisStore } = await import('../src/serve/store/redis/redis-store.ts')
  const store = await openRedisStore({ url })
  return {
    async insert(lines, count) {
      const added = await store.insert(lines)
      if (added !== count) throw new Error(`${added} of ${count} were added`)
    },
    search: (query, page) => store.search(query, page),
    count: query => store.count(query),
    facet: (query, by, limit) => store.facet(query, by, limit),
    histogram: (query, by, span) => store.histogram(query, by, span),
    get: id => store.get(id),
    fieldNames: (prefix, limit) => store.fieldNames(prefix, limit),
    fieldValues: (name, prefix, limit) => store.fieldValues(name, prefix, limit),
    extent: () => store.extent(),
    retain: ({ since, bytes }) =>
      store.retain({
        ...(since && { age: BigInt(Date.now()) * 1_000_000n - since }),
        ...(bytes && { bytes }),
      }),
    settle: async () => undefined,
    close: () => store.close(),
  }
}
