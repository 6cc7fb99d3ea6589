// The flags of `verify` as they are typed, spelled as cilock spells them. What they mean is in `verify-plan.ts`.
// Parses nothing but words.
import { Command, Option } from 'clipanion'
import type { LannerContext } from './context.ts'
import { SIGNER_ROWS } from './signer-options.ts'

const hidden = { hidden: true } as const

/** The option part of the command class. */
export abstract class VerifyOptions extends Command<LannerContext> {
  artifactPath = Option.String({ name: 'ARTIFACT', required: false })
  policy = Option.String('-p,--policy', { description: 'Signed policy (DSSE envelope)' })
  publicKey = Option.String('-k,--publickey', { description: 'Public key (PEM) of who signs policies' })
  attestations = Option.Array('-a,--attestations', {
    description: 'Attestation envelope; repeat or separate by commas',
  })
  bundles = Option.Array('--bundle', {
    description: 'Bundle of envelopes (tar.gz); repeat or separate by commas',
  })
  enableArchivista = Option.String('--enable-archivista', {
    tolerateBoolean: true,
    description: 'Fetch envelopes about the artifact from --archivista-server',
  })
  enableArchivist = Option.String('--enable-archivist', { tolerateBoolean: true, hidden: true })
  archivistaServer = Option.String('--archivista-server', { description: 'URL of the Archivista server' })
  archivistServer = Option.String('--archivist-server', hidden)
  archivistaHeaders = Option.Array('--archivista-headers', {
    description: 'Header for that server, `Name: value`; repeatable',
  })
  archivistaTokenPath = Option.String('--archivista-token-path', {
    description: 'File with its bearer token; LANNER_ARCHIVISTA_TOKEN does the same',
  })
  artifact = Option.String('-f,--artifactfile', { description: 'File the attestations must speak of' })
  directory = Option.String('--directory-path', {
    description: 'Directory the attestations must speak of, by its Go dirhash',
  })
  subjects = Option.Array('-s,--subjects', {
    description: 'SHA-256 (hex) the attestations must speak of; repeat or separate by commas',
  })
  output = Option.String('-o,--format', { description: 'text (default) or json' })
  explain = Option.String('--explain', {
    tolerateBoolean: true,
    description: 'Show every envelope tried for each step and the first check it failed',
  })
  replay = Option.Array('--replay', {
    description:
      'Events that were judged when the detections were signed: judge them again and compare; repeatable, needs --rules',
  })
  replayRules = Option.Array('--rules', { description: 'Rule files of that time, in the same order' })
  chain = Option.String('--chain', {
    description:
      'Directory of windows that `lanner serve` sealed: verify them all under -k, without a policy',
  })
  chainHead = Option.String('--chain-head', {
    description: 'SHA-256 of a window that must be there, as it was told when it was sealed',
  })
  vsaOutfile = Option.String('--vsa-outfile', {
    description: 'Write a verification summary there, signed with the --signer-file-* key if one is given',
  })
  policyHardening = Option.String('--policy-hardening', {
    description: 'enforce (default) or warn: cilock’s four stricter policy rules',
  })
  logLevel = Option.String('-l,--log-level', { description: 'debug, info, warn or error' })

  caRoots = Option.Array('--policy-ca-roots', {
    description: 'Root certificates (PEM) of who signs policies',
  })
  caRootsOld = Option.Array('--policy-ca', hidden)
  caIntermediates = Option.Array('--policy-ca-intermediates', {
    description: 'Intermediate certificates (PEM)',
  })
  timestampServers = Option.Array('--policy-timestamp-servers', {
    description: 'Certificates (PEM) of trusted timestamp authorities',
  })
  commonName = Option.String('--policy-commonname', { description: 'Common name of the policy signer' })
  dnsNames = Option.Array('--policy-dns-names', { description: 'DNS names of the policy signer' })
  emails = Option.Array('--policy-emails', { description: 'Email addresses of the policy signer' })
  organizations = Option.Array('--policy-organizations', {
    description: 'Organizations of the policy signer',
  })
  uris = Option.Array('--policy-uris', { description: 'URIs of the policy signer' })
  fulcioIssuer = Option.String('--policy-fulcio-oidc-issuer', {
    description: 'OIDC issuer in the certificate (GitHub Actions); "" for a plain certificate',
  })
  fulcioTrigger = Option.String('--policy-fulcio-build-trigger', hidden)
  fulcioDigest = Option.String('--policy-fulcio-source-repository-digest', hidden)
  fulcioInvocation = Option.String('--policy-fulcio-run-invocation-uri', hidden)
  fulcioIdentifier = Option.String('--policy-fulcio-source-repository-identifier', hidden)
  fulcioRef = Option.String('--policy-fulcio-source-repository-ref', hidden)
  fulcioUri = Option.String('--policy-fulcio-source-repository-uri', hidden)
  fulcioConfig = Option.String('--policy-fulcio-build-config-uri', hidden)
  fulcioRunner = Option.String('--policy-fulcio-runner-environment', hidden)

  keyPath: string | undefined = SIGNER_ROWS.key(
    '--signer-file-key-path',
    'Private key that signs the summary',
  )
  keyPassphrase: string | undefined = SIGNER_ROWS.passphrase()
  keyPassphrasePath: string | undefined = SIGNER_ROWS.passphrasePath()
  certPath: string | undefined = SIGNER_ROWS.certificate()
  intermediatePaths: string[] = SIGNER_ROWS.intermediates()

  platformUrl = Option.String('--platform-url', hidden)
  offline = Option.String('--offline', { tolerateBoolean: true, hidden: true })
  noEmbeddedTrust = Option.String('--no-embedded-trust', { tolerateBoolean: true, hidden: true })
}
