// One envelope as evidence: its statement read exactly, its collection checked for shape, its embedded events left where they are.
// Believes nothing of it; signatures are checked when a step asks. Used by `verify` and by the drafting of policies.
import * as z from 'zod'
import { type ReadEnvelope, readEnvelope } from '../envelope/reading.ts'
import { LannerError } from '../error.ts'
import type { Native, Work } from '../native/native.ts'
import { assertShape } from './attestation-shapes.ts'
import { type ExactValue, isExactObject, LeftOut, parseExact, refuseCaseVariants } from './exact-json.ts'
import { parseInstant } from './instant.ts'
import { type LeafSet, readLeafSet } from './leaf-set.ts'
import { canonicalType, isCollectionType } from './type-aliases.ts'

/** A name with its digests, as a statement's subjects and a collection's back-refs carry them. */
export interface NamedDigest {
  readonly name: string
  readonly digest: Readonly<Record<string, string>>
}

/** One attestation of a collection. */
export interface EvidenceEntry {
  /** As it is written in the collection. */
  readonly type: string
  /** In the spelling types are compared in. */
  readonly canonical: string
  readonly body: ExactValue
  /** The files it lists, for material and product attestations. */
  readonly leaves: LeafSet | undefined
}

/** The collection of one step. */
export interface EvidenceCollection {
  readonly name: string
  readonly entries: readonly EvidenceEntry[]
  readonly backRefs: readonly NamedDigest[]
}

/** An envelope that could be read. */
export interface Evidence {
  /** The file it came from, as it was named. */
  readonly reference: string
  readonly envelope: ReadEnvelope
  readonly predicateType: string
  readonly subjects: readonly NamedDigest[]
  readonly predicate: ExactValue
  readonly collection: EvidenceCollection | undefined
}

const digests = z
  .record(z.string(), z.string())
  .nullish()
  .transform(value => value ?? {})

const statementShape = z.looseObject({
  predicateType: z.string().min(1),
  subject: z
    .array(z.looseObject({ name: z.string().nullish(), digest: digests }))
    .nullish()
    .transform(list => (list ?? []).map(({ name, digest }) => ({ name: name ?? '', digest }))),
})

const time = z.string().refine(text => parseInstant(text) !== undefined, 'is no RFC 3339 time')

const collectionShape = z.looseObject({
  name: z
    .string()
    .nullish()
    .transform(name => name ?? ''),
  attestations: z
    .array(z.looseObject({ type: z.string(), starttime: time.nullish(), endtime: time.nullish() }))
    .nullish(),
  backrefs: z
    .record(z.string(), digests)
    .nullish()
    .transform(refs => Object.entries(refs ?? {}).map(([name, digest]) => ({ name, digest }))),
})

/** Opens `file` as evidence named `reference`. Throws `ERR_ENVELOPE_*`, `ERR_STATEMENT_*`, `ERR_JSON_*` or `ERR_EVIDENCE_*`. */
export async function readEvidence(
  native: Native,
  file: string,
  reference: string,
  spoolDirectory: string,
  work: Work,
): Promise<Evidence> {
  const envelope = await readEnvelope(native, file, spoolDirectory, work)
  const statement = readStatement(envelope)
  const { predicateType, subject } = shaped(statementShape, statement, 'statement')
  const predicate = isExactObject(statement) ? statement.predicate : undefined
  // A missing predicate is no evidence; `null` is evidence of nothing, which only an external attestation may be.
  if (predicate !== null && !isExactObject(predicate)) {
    throw new LannerError('ERR_EVIDENCE_SHAPE', 'predicate: expected an object', {
      exit: 1,
      facts: { path: 'predicate' },
    })
  }
  const collection =
    isCollectionType(predicateType) && predicate !== null ? readCollection(predicate) : undefined
  return { reference, envelope, predicateType, subjects: subject, predicate, collection }
}

/** The statement, its embedded events as {@link LeftOut}. */
function readStatement(envelope: ReadEnvelope): ExactValue {
  const statement = parseExact(utf8(envelope.outline.json))
  refuseCaseVariants(statement, ['_type', 'subject', 'predicateType', 'predicate'], 'statement')
  for (const { pointer, offset, length, count } of envelope.outline.elided) {
    putAt(statement, pointer, new LeftOut(offset, length, count))
  }
  return statement
}

/** Invalid bytes become U+FFFD, as in every reader of such a statement; the signature is over the bytes themselves. */
function utf8(bytes: Buffer): string {
  return bytes.toString('utf8')
}

/** Sets what the JSON Pointer (RFC 6901) names; the addon reports only places that are there. */
function putAt(root: ExactValue, pointer: string, value: ExactValue): void {
  const keys = pointer
    .split('/')
    .slice(1)
    .map(key => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  const last = keys.pop()
  let at: ExactValue | undefined = root
  for (const key of keys) at = Array.isArray(at) ? at[Number(key)] : isExactObject(at) ? at[key] : undefined
  if (isExactObject(at) && last !== undefined) at[last] = value
}

function readCollection(predicate: ExactValue): EvidenceCollection {
  refuseCaseVariants(predicate, ['name', 'attestations', 'backrefs'], 'predicate')
  const { name, attestations, backrefs } = shaped(collectionShape, predicate, 'predicate')
  const entries = (attestations ?? []).map(({ type, attestation }, index) => {
    const at = `predicate.attestations.${index}`
    refuseCaseVariants(entryAt(predicate, index), ['type', 'attestation', 'starttime', 'endtime'], at)
    const canonical = canonicalType(type)
    const body = (attestation as ExactValue | undefined) ?? null
    assertShape(canonical, body, `${at}.attestation`)
    return { type, canonical, body, leaves: readLeafSet(canonical, body, `${at}.attestation`) }
  })
  return { name, entries, backRefs: backrefs }
}

function entryAt(predicate: ExactValue, index: number): ExactValue | undefined {
  const list = isExactObject(predicate) ? predicate.attestations : undefined
  return Array.isArray(list) ? list[index] : undefined
}

function shaped<Shape extends z.ZodType>(shape: Shape, value: unknown, at: string): z.output<Shape> {
  const parsed = shape.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const path = [at, ...(issue?.path ?? [])].map(String).join('.')
  throw new LannerError('ERR_EVIDENCE_SHAPE', `${path}: ${issue?.message ?? 'malformed'}`, {
    exit: 1,
    facts: { path },
  })
}
