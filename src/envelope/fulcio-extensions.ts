// Reads what a Fulcio authority wrote about the job a certificate was issued to.
// Compares nothing. Used by `certificate-constraint.ts`. https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md
import { readDer, TAG } from './der.ts'
import type { X509 } from './x509.ts'
import { utf8 } from './x509-name.ts'

const ARC = '1.3.6.1.4.1.57264.1'

/** Last arc by field name as policies spell it, in lower case. */
const FIELDS: ReadonlyMap<string, readonly number[]> = new Map([
  ['issuer', [8, 1]],
  ['githubworkflowtrigger', [2]],
  ['githubworkflowsha', [3]],
  ['githubworkflowname', [4]],
  ['githubworkflowrepository', [5]],
  ['githubworkflowref', [6]],
  ['buildsigneruri', [9]],
  ['buildsignerdigest', [10]],
  ['runnerenvironment', [11]],
  ['sourcerepositoryuri', [12]],
  ['sourcerepositorydigest', [13]],
  ['sourcerepositoryref', [14]],
  ['sourcerepositoryidentifier', [15]],
  ['sourcerepositoryowneruri', [16]],
  ['sourcerepositoryowneridentifier', [17]],
  ['buildconfiguri', [18]],
  ['buildconfigdigest', [19]],
  ['buildtrigger', [20]],
  ['runinvocationuri', [21]],
  ['sourcerepositoryvisibilityatsigning', [22]],
])

/** The oldest ones hold bare text, those from here on a DER string. */
const FIRST_DER_ARC = 8

/** Whether a constraint on `field` can be understood at all. */
export function isFulcioField(field: string): boolean {
  return FIELDS.has(field.toLowerCase())
}

/** The value of `field`; empty when the certificate has none. Throws `ERR_DER_MALFORMED`. */
export function fulcioField(certificate: X509, field: string): string {
  for (const arc of FIELDS.get(field.toLowerCase()) ?? []) {
    const value = certificate.others.get(`${ARC}.${arc}`)
    if (value === undefined) continue
    const text = arc < FIRST_DER_ARC ? value : readDer(value).expect(TAG.utf8String, field).content
    return utf8(text, field)
  }
  return ''
}
