// What the HTTP interface answers under /api/v2, as schemas: the server's types and the page's checks are the same.
// Says nothing about alerts' content; `alert.ts` does. Used by the routes and, the very same file, by the page in the browser.
import * as z from 'zod/mini'

/** Nanoseconds since 1970, as text: more digits than a JSON number keeps. */
const instant = z.string().check(z.regex(/^-?\d{1,20}$/))
const count = z.int().check(z.nonnegative())
/** A canonical alert, its digits kept; its parts are looked at where they are shown. */
export const shownAlert = z.looseObject({
  rule: z.string(),
  priority: z.string(),
  time: z.string(),
})

const counted = z.object({
  count,
  /** Whether there are exactly so many, or at least. */
  exact: z.boolean(),
})

/** One page of alerts, newest first; `next` is where the following begins. */
export const alertsAnswer = z.object({
  alerts: z.array(shownAlert),
  total: counted,
  next: z.optional(z.string()),
})

/** Counts over time, a row a value. */
export const histogramAnswer = z.object({
  width: instant,
  starts: z.array(instant),
  series: z.array(z.object({ value: z.string(), counts: z.array(count) })),
})

/** Most frequent values of each facet asked for. */
export const facetsAnswer = z.object({
  facets: z.array(
    z.object({
      by: z.string(),
      distinct: count,
      values: z.array(z.object({ value: z.string(), count })),
    }),
  ),
})

/** How many alerts match. */
export const countAnswer = counted

/** How much is kept, and since when. */
export const extentAnswer = z.object({
  alerts: count,
  bytes: z.number(),
  oldest: z.optional(instant),
  newest: z.optional(instant),
})

/** Names of fields, or values of one, for completion. */
export const wordsAnswer = z.object({ words: z.array(z.string()) })

/** Questions that one alert suggests. */
export const pivotsAnswer = z.object({
  pivots: z.array(
    z.object({
      kind: z.enum(['process', 'pod', 'around', 'actor']),
      /** What they have in common, in words: `pod web-1 in shop`. */
      title: z.string(),
      /** The question in the query language, and its span. */
      query: z.string(),
      from: z.optional(instant),
      to: z.optional(instant),
      total: counted,
    }),
  ),
})

/** Whether a login is needed, and what this server can do. */
export const sessionAnswer = z.object({
  /** Whether this request may look. */
  open: z.boolean(),
  /** How: nobody need log in, by token, or named by a proxy. */
  by: z.enum(['anyone', 'token', 'proxy']),
  user: z.optional(z.string()),
  version: z.optional(z.string()),
  /** How this page calls itself. */
  title: z.optional(z.string()),
  /** Whether a selection can be exported as a signed envelope. */
  envelopes: z.optional(z.boolean()),
})

/** What happened since the last one: alerts that match, and how many more were left out. */
export const tailMessage = z.object({ alerts: z.array(shownAlert), skipped: count })

/** Every refusal of this interface. */
export const errorAnswer = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    hint: z.optional(z.string()),
    facts: z.optional(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
  }),
})

/** An alert as the page is told of it. */
export type ShownAlert = z.infer<typeof shownAlert>
export type AlertsAnswer = z.infer<typeof alertsAnswer>
export type HistogramAnswer = z.infer<typeof histogramAnswer>
export type FacetsAnswer = z.infer<typeof facetsAnswer>
export type ExtentAnswer = z.infer<typeof extentAnswer>
export type PivotsAnswer = z.infer<typeof pivotsAnswer>
export type SessionAnswer = z.infer<typeof sessionAnswer>
export type ErrorAnswer = z.infer<typeof errorAnswer>
