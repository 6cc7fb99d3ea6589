// The form upstream witness reads: its type URIs, trees as plain maps, a subject for each product, nothing it doesn't know.
// witness refuses a whole collection for one unknown type, so such attestations become statements of their own. Used by `wire-profile.ts`.
import type { Attestation, DigestSet } from '../attestors/attestor.ts'
import { COMMAND_RUN_TYPE } from '../attestors/command-run.ts'
import { ENVIRONMENT_TYPE } from '../attestors/environment.ts'
import { GIT_TYPE } from '../attestors/git.ts'
import { MATERIAL_TYPE, PRODUCT_TYPE } from '../attestors/tree.ts'
import { usageError } from '../error.ts'
import type { Payload, TreeScan } from '../native/native.ts'
import { Splice } from './splice.ts'
import { collectionEntry, STATEMENT_TYPE, type Subject, sortedBackRefs, sortedSubjects } from './statement.ts'
import type { RunStatements } from './wire-profile.ts'

/** Predicate type of a collection. */
export const WITNESS_COLLECTION_TYPE = 'https://witness.testifysec.com/attestation-collection/v0.1'

const PREFIX = 'https://witness.dev/attestations/'
const PRODUCT = `${PREFIX}product/v0.1`
/** Product subjects begin with this; their path follows. */
const FILE_SUBJECT = `${PRODUCT}/file:`

/** Our types and witness's for those attestors that it knows. */
const TYPES: ReadonlyMap<string, string> = new Map([
  [ENVIRONMENT_TYPE, `${PREFIX}environment/v0.1`],
  [GIT_TYPE, `${PREFIX}git/v0.1`],
  [MATERIAL_TYPE, `${PREFIX}material/v0.1`],
  [COMMAND_RUN_TYPE, `${PREFIX}command-run/v0.1`],
  [PRODUCT_TYPE, PRODUCT],
])

/** The statements of a run. Those apart carry the subjects of the collection too: an artifact leads to them as well. */
export function witnessStatements(
  step: string,
  attestations: readonly Attestation[],
  userSubjects: ReadonlyMap<string, DigestSet>,
): RunStatements {
  const known = attestations.flatMap(renamed)
  const files = known.find(({ type }) => type === PRODUCT)?.tree
  return {
    collection: {
      _type: STATEMENT_TYPE,
      subject: withFiles(sortedSubjects(known, userSubjects), files),
      predicateType: WITNESS_COLLECTION_TYPE,
      predicate: {
        name: step,
        attestations: known.map(entry => ({ ...collectionEntry(entry), ...plainTree(entry) })),
        // witness has no such member and passes over it; cilock and Lanner follow it.
        backrefs: sortedBackRefs(known),
      },
    },
    apart: attestations
      .filter(({ type }) => !TYPES.has(type))
      .map(attestation => ({
        name: attestation.name,
        statement: {
          _type: STATEMENT_TYPE,
          subject: withFiles(sortedSubjects([...known, attestation], userSubjects), files),
          predicateType: attestation.type,
          predicate: attestation.predicate,
        },
      })),
  }
}

/** Refuses names that only products have: the list of those is not looked through for equal ones. Throws `ERR_USAGE_SUBJECT`. */
export function assertNoFileSubject(userSubjects: ReadonlyMap<string, DigestSet>): void {
  const taken = [...userSubjects.keys()].find(name => name.startsWith(FILE_SUBJECT))
  if (taken === undefined) return
  throw usageError('ERR_USAGE_SUBJECT', `subject \`${taken}\`: such names belong to products`)
}

/** Under witness's type. There a tree has no root, so it is neither a subject nor a back-ref. */
function renamed(attestation: Attestation): Attestation[] {
  const type = TYPES.get(attestation.type)
  if (type === undefined) return []
  if (attestation.tree === undefined) return [{ ...attestation, type }]
  return [{ ...attestation, type, subjects: new Map(), backRefs: new Map() }]
}

function plainTree({ tree }: Attestation): { attestation?: Splice<Payload> } {
  if (tree === undefined) return {}
  return { attestation: new Splice<Payload>({ appendTo: payload => tree.appendMapTo(payload) }) }
}

/** Puts the subjects of all files where they belong by name: they share a beginning, so they stand side by side. */
function withFiles(subjects: readonly Subject[], files: TreeScan | undefined): (Subject | Splice<Payload>)[] {
  // Elements of an array can be spliced in only when there is one.
  if (files === undefined || files.leafCount === 0) return [...subjects]
  const start = Buffer.from(FILE_SUBJECT)
  const at = subjects.findIndex(({ name }) => Buffer.compare(Buffer.from(name), start) > 0)
  const splice = new Splice<Payload>({ appendTo: payload => files.appendSubjectsTo(payload, FILE_SUBJECT) })
  const index = at === -1 ? subjects.length : at
  return [...subjects.slice(0, index), splice, ...subjects.slice(index)]
}
