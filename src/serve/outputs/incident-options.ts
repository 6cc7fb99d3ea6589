// What services that open incidents have in common: two regions, and a key by which alerts belong to one incident.
// Knows no service. Used by the outputs for PagerDuty and Opsgenie.
import { createHash } from 'node:crypto'
import * as z from 'zod'
import { urlSource } from './common-options.ts'
import { templateText } from './template.ts'

/** Members of a service with an address for each region. */
export const regionOptions = {
  region: z.enum(['us', 'eu']).default('us').describe('Which of its services'),
  url: urlSource.optional().describe('Another address than that of the region'),
}

/** Template of the key: the same rule on the same host is one incident unless told otherwise. */
export const incidentKey = templateText.default('{source}/{rule}/{hostname}')

/** A key of more than `most` characters is stood for by its digest: cut, it could be another alert's. */
export function boundedKey(key: string, most: number): string {
  return key.length <= most ? key : createHash('sha256').update(key).digest('hex')
}
