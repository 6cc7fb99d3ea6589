// One envelope as evidence: its statement read exactly, its collection checked for shape, its embedded events left where they are.
// Believes nothing of it; signatures are checked when a step asks. Used by `verify` and by the drafting of policies.
import * as z from 'zod/mini'
import { type OpenedEnvelope, type OutlinedEnvelope, openEnvelope } from '../envelope/opening.ts'
import { or, READABLE } from '../envelope/shape.ts'
import { LannerError } from '../error.ts'
import type { Native, Work } from '../native/native.ts'
import { assertShape } from './attestation-shapes.ts'
import { type ExactValue, isExactObject, LeftOut, parseExact, refuseCaseVariants } from './exact-json.ts'
import { parseInstant } from './instant.ts'
import { LeafReader } from './leaf-reader.ts'
import { hasTree, type LeafSet, readLeafSet } from './leaf-set.ts'
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
  readonly envelope: OutlinedEnvelope
  readonly predicateType: string
  readonly subjects: readonly NamedDigest[]
  readonly predicate: ExactValue
  readonly collection: EvidenceCollection | undefined
}

const text = or(z.string(), () => '')
const digests = or(z.record(z.string(), z.string()), () => ({}))

const statementShape = z.looseObject({
  predicateType: z.string().check(z.minLength(1)),
  subject: or(z.array(z.looseObject({ name: text, digest: digests })), () => []),
})

const time = z.string().check(z.refine(text => parseInstant(text) !== undefined, 'is no RFC 3339 time'))

const collectionShape = z.looseObject({
  name: text,
  attestations: z.nullish(
    z.array(z.looseObject({ type: z.string(), starttime: z.nullish(time), endtime: z.nullish(time) })),
  ),
  backrefs: z.pipe(
    z.nullish(z.record(z.string(), digests)),
    z.transform(refs => Object.entries(refs ?? {}).map(([name, digest]) => ({ name, digest }))),
  ),
})

/**
 * Opens `file` as evidence named `reference`. `opened` is told of the envelope while its statement is still being read.
 * Throws `ERR_ENVELOPE_*`, `ERR_STATEMENT_*`, `ERR_JSON_*` or `ERR_EVIDENCE_*`.
 */
export async function readEvidence(
  native: Native,
  file: string,
  reference: string,
  spoolDirectory: string,
  work: Work,
  opened?: (envelope: OpenedEnvelope) => void,
): Promise<Evidence> {
  const decoded = await openEnvelope(native, file, spoolDirectory, work)
  opened?.(decoded)
  const envelope = { ...decoded, outline: await decoded.payload.outline(work, true) }
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
  const reader = new LeafReader(native, envelope.payload, work)
  const collection =
    isCollectionType(predicateType) && predicate !== null
      ? await readCollection(reader, predicate)
      : undefined
  if (collection === undefined) putBackLists(reader, predicate)
  return { reference, envelope, predicateType, subjects: subject, predicate, collection }
}

/** The statement, its embedded events and lists of files as {@link LeftOut}. */
function readStatement(envelope: OutlinedEnvelope): ExactValue {
  const statement = parseExact(utf8(envelope.outline.json))
  refuseCaseVariants(statement, ['_type', 'subject', 'predicateType', 'predicate'], 'statement')
  for (const { pointer, offset, length, count } of envelope.outline.elided) {
    const what = pointer.endsWith('/leaves') ? 'files' : 'events'
    putAt(statement, pointer, new LeftOut(offset, length, count, what))
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

async function readCollection(reader: LeafReader, predicate: ExactValue): Promise<EvidenceCollection> {
  refuseCaseVariants(predicate, ['name', 'attestations', 'backrefs'], 'predicate')
  const { name, attestations, backrefs } = shaped(collectionShape, predicate, 'predicate')
  const entries: EvidenceEntry[] = []
  for (const [index, { type, attestation }] of (attestations ?? []).entries()) {
    const at = `predicate.attestations.${index}`
    refuseCaseVariants(entryAt(predicate, index), ['type', 'attestation', 'starttime', 'endtime'], at)
    const canonical = canonicalType(type)
    const body = (attestation as ExactValue | undefined) ?? null
    if (!hasTree(canonical)) putBackList(reader, body)
    assertShape(canonical, body, `${at}.attestation`)
    const leaves = await readLeafSet(reader, canonical, body, `${at}.attestation`)
    entries.push({ type, canonical, body, leaves })
  }
  return { name, entries, backRefs: backrefs }
}

/** What another attestation calls `leaves` is no list of files: it is a value like the rest. */
function putBackList(reader: LeafReader, body: ExactValue | undefined): void {
  if (isExactObject(body) && body.leaves instanceof LeftOut) body.leaves = reader.value(body.leaves)
}

/** The same in a statement that only looks like a collection. */
function putBackLists(reader: LeafReader, predicate: ExactValue): void {
  const list = isExactObject(predicate) ? predicate.attestations : undefined
  for (const entry of Array.isArray(list) ? list : []) {
    putBackList(reader, isExactObject(entry) ? entry.attestation : undefined)
  }
}

function entryAt(predicate: ExactValue, index: number): ExactValue | undefined {
  const list = isExactObject(predicate) ? predicate.attestations : undefined
  return Array.isArray(list) ? list[index] : undefined
}

function shaped<Shape extends z.ZodMiniType>(shape: Shape, value: unknown, at: string): z.output<Shape> {
  const parsed = shape.safeParse(value, READABLE)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const path = [at, ...(issue?.path ?? [])].map(String).join('.')
  throw new LannerError('ERR_EVIDENCE_SHAPE', `${path}: ${issue?.message ?? 'malformed'}`, {
    exit: 1,
    facts: { path },
  })
}
