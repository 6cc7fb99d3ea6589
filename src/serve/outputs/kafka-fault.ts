// What an error of the Kafka client means for a delivery: its reason in words, and whether the records or the way are to blame.
// Knows nothing of connections. Used by `kafka-wire.ts`.
import { messageOf } from '../../error.ts'
import { DeliveryFault } from './output.ts'
import { RefusedPortion } from './portions.ts'

/** Codes of the protocol that speak of the records: https://kafka.apache.org/protocol#protocol_error_codes */
const OF_THE_RECORDS = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD'])
const CUT = /^Connection closed/
/** Deep enough for every error of the client, and an end for one that contains itself. */
const DEEPEST = 8

/** The fault of a request in which all records were for one partition. `wanted` is what a broker may miss when it hangs up. */
export function kafkaFault(receiver: string, thrown: unknown, wanted: readonly string[]): DeliveryFault {
  const leaves = leavesOf(thrown)
  const reasons = [...new Set(leaves.map(leaf => reasonOf(leaf, wanted)))]
  const message = `${receiver}: ${reasons.join('; ') || messageOf(thrown)}`
  const codes = leaves.map(codeOf).filter(code => code !== undefined)
  return codes.some(code => OF_THE_RECORDS.has(code))
    ? new RefusedPortion(message, { retry: false, cause: thrown })
    : new DeliveryFault(message, { retry: true, cause: thrown })
}

/** The errors something came of. */
function leavesOf(thrown: unknown, depth = 0): unknown[] {
  if (!(thrown instanceof Error) || depth === DEEPEST) return [thrown]
  const under = [
    ...(thrown instanceof AggregateError ? (thrown.errors as unknown[]) : []),
    ...(thrown.cause === undefined ? [] : [thrown.cause]),
  ]
  return under.length === 0 ? [thrown] : under.flatMap(one => leavesOf(one, depth + 1))
}

function codeOf(leaf: unknown): string | undefined {
  return leaf instanceof Error && 'apiId' in leaf && typeof leaf.apiId === 'string' ? leaf.apiId : undefined
}

function reasonOf(leaf: unknown, wanted: readonly string[]): string {
  const code = codeOf(leaf)
  const said = leaf instanceof Error && 'serverErrorMessage' in leaf ? leaf.serverErrorMessage : undefined
  if (code !== undefined)
    return `${code}: ${typeof said === 'string' && said !== '' ? said : messageOf(leaf)}`
  const text = messageOf(leaf).replace(/\.$/, '')
  if (!CUT.test(text) || wanted.length === 0) return text
  return `the broker closed the connection; it may want ${wanted.join(' or ')}`
}
