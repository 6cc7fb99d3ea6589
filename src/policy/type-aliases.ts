// The two spellings of attestation types: those of witness and those cilock gave them.
// A table and look-ups. Used wherever a policy's type is compared with a collection's.

const LEGACY = 'https://witness.dev/attestations/'
const CURRENT = 'https://aflock.ai/attestations/'

/** Attestors that exist under both prefixes with the same body. */
const RENAMED: ReadonlySet<string> = new Set([
  'command-run/v0.1',
  'docker/v0.1',
  'environment/v0.1',
  'git/v0.1',
  'github/v0.1',
  'githubwebhook/v0.1',
  'gitlab/v0.1',
  'gcp-iit/v0.1',
  'aws/v0.1',
  'aws-codebuild/v0.1',
  'jenkins/v0.1',
  'jwt/v0.1',
  'k8smanifest/v0.2',
  'lockfiles/v0.1',
  'material/v0.1',
  'maven/v0.1',
  'oci/v0.1',
  'omnitrail/v0.1',
  'product/v0.1',
  'sarif/v0.1',
  'sbom/v0.1',
  'secretscan/v0.1',
  'system-packages/v0.1',
])

const COLLECTIONS: ReadonlySet<string> = new Set([
  'https://aflock.ai/attestation-collection/v0.1',
  'https://witness.testifysec.com/attestation-collection/v0.1',
])

/** The one spelling both are compared in. */
export function canonicalType(type: string): string {
  const name = type.startsWith(LEGACY) ? type.slice(LEGACY.length) : undefined
  return name !== undefined && RENAMED.has(name) ? CURRENT + name : type
}

/** Whether a predicate of this type is an attestation collection. */
export function isCollectionType(predicateType: string): boolean {
  return COLLECTIONS.has(predicateType)
}
