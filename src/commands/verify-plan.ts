// From the flags of `verify` to what is to be done: files named, keys and certificates loaded.
// Wrong usage ends here with exit 2, before any evidence is opened. Used by `verify`.
import { X509Certificate } from 'node:crypto'
import type { Archivista } from '../archive/archivista.ts'
import { readBoundedFile } from '../envelope/bounded-file.ts'
import { isPublicKeyInfo, loadPublicKey } from '../envelope/keys.ts'
import { firstPemBlock } from '../envelope/pem.ts'
import type { Signer } from '../envelope/signer.ts'
import { keyVerifier, type RawKeyVerifier } from '../envelope/trust.ts'
import { isSelfSigned, readPemBundle, type X509 } from '../envelope/x509.ts'
import { messageOf, usageError } from '../error.ts'
import type { Hardening } from '../policy/functionary.ts'
import type { PolicySigners } from '../policy/policy-source.ts'
import { parseLevel } from '../terminal/messages.ts'
import { parseChoice, parseList, parseSwitch } from './flag-values.ts'
import { signerOf } from './signer-options.ts'
import type { VerifyOptions } from './verify-options.ts'
import type { ReplayPlan } from './verify-replay.ts'
import { type NamedSubject, namedSubjects } from './verify-subjects.ts'

/** Everything `verify` works with. */
export interface VerifyPlan {
  readonly policyFile: string
  readonly signers: PolicySigners
  readonly files: readonly string[]
  readonly bundles: readonly string[]
  readonly archive: Archivista | undefined
  readonly subjects: readonly NamedSubject[]
  readonly format: 'text' | 'json'
  readonly explain: boolean
  readonly hardening: Hardening
  /** Events to judge again, where that was asked for. */
  readonly replay: ReplayPlan | undefined
  readonly vsa: { readonly file: string; readonly signer: Signer | undefined } | undefined
}

const GITHUB_ACTIONS = 'https://token.actions.githubusercontent.com'
const MAX_PEM = 1 << 20

/** Checks and loads. Throws `ERR_USAGE_*`. */
export async function planVerification(typed: VerifyOptions): Promise<VerifyPlan> {
  const format = parseChoice('-o', typed.output, ['text', 'json'])
  const hardening = parseChoice(
    '--policy-hardening',
    typed.policyHardening ?? typed.context.env.CILOCK_POLICY_HARDENING,
    ['enforce', 'warn'],
  )
  if (typed.logLevel !== undefined) parseLevel(typed.logLevel)
  if (typed.policy === undefined)
    throw usageError('ERR_USAGE_POLICY', '`verify` needs a policy', 'pass `-p policy.signed.json`')
  const files = parseList(typed.attestations)
  const bundles = parseList(typed.bundles)
  const archive = await archiveOf(typed)
  if (files.length + bundles.length === 0 && archive === undefined) {
    throw usageError(
      'ERR_USAGE_ATTESTATIONS',
      'no attestations were given',
      'pass `-a attestation.json`, `--bundle`, or `--enable-archivista`',
    )
  }
  return {
    policyFile: typed.policy,
    signers: policySigners(typed),
    files,
    bundles,
    archive,
    subjects: namedSubjects(typed),
    format,
    explain: parseSwitch('--explain', typed.explain),
    hardening,
    replay: replayOf(typed),
    vsa: typed.vsaOutfile === undefined ? undefined : { file: typed.vsaOutfile, signer: signerOf(typed) },
  }
}

function replayOf({ replay: files, replayRules: rules }: VerifyOptions): ReplayPlan | undefined {
  if (files === undefined && rules === undefined) return undefined
  if (files !== undefined && rules !== undefined) return { files, rules }
  const [given, missing] = files === undefined ? ['--rules', '--replay'] : ['--replay', '--rules']
  throw usageError(
    'ERR_USAGE_REPLAY',
    `\`${given}\` needs \`${missing}\``,
    'the events and the rules are judged again together: `--replay audit.log --rules k8s_audit_rules.yaml`',
  )
}

async function archiveOf(typed: VerifyOptions): Promise<Archivista | undefined> {
  const wanted =
    parseSwitch('--enable-archivista', typed.enableArchivista) ||
    parseSwitch('--enable-archivist', typed.enableArchivist)
  if (!wanted) return undefined
  const server = typed.archivistaServer ?? typed.archivistServer
  if (server === undefined) {
    throw usageError('ERR_USAGE_ARCHIVISTA', '`--enable-archivista` needs `--archivista-server`')
  }
  const { openArchivista } = await import('./archivista-options.ts')
  const { archivistaHeaders: headers, archivistaTokenPath: tokenPath, context } = typed
  return openArchivista({ server, headers, tokenPath, env: context.env })
}

function policySigners(typed: VerifyOptions): PolicySigners {
  const rootFiles = parseList([...(typed.caRoots ?? []), ...(typed.caRootsOld ?? [])])
  if (typed.publicKey === undefined && rootFiles.length === 0) {
    throw usageError(
      'ERR_USAGE_TRUST',
      'nobody is trusted to sign policies',
      'pass `-k policy.pub.pem`, or `--policy-ca-roots`',
    )
  }
  const bundle = rootFiles.flatMap(loadCertificates)
  const intermediates = parseList(typed.caIntermediates).flatMap(loadCertificates)
  const roots = bundle.filter(isSelfSigned)
  return {
    trust: {
      keys: typed.publicKey === undefined ? [] : policyKey(typed.publicKey),
      authorities:
        rootFiles.length === 0
          ? []
          : [
              {
                id: '--policy-ca-roots',
                roots,
                intermediates: [...bundle.filter(each => !isSelfSigned(each)), ...intermediates],
              },
            ],
      timestampAuthorities: parseList(typed.timestampServers).map(file => ({
        id: file,
        certificates: loadCertificates(file),
      })),
    },
    constraint: {
      commonname: typed.commonName ?? '',
      dnsnames: parseList(typed.dnsNames),
      emails: parseList(typed.emails),
      organizations: parseList(typed.organizations),
      uris: parseList(typed.uris),
      roots: ['*'],
      extensions: fulcioExtensions(typed),
    },
  }
}

function fulcioExtensions(typed: VerifyOptions): Record<string, string> {
  return {
    issuer: typed.fulcioIssuer ?? GITHUB_ACTIONS,
    buildTrigger: typed.fulcioTrigger ?? '',
    sourceRepositoryDigest: typed.fulcioDigest ?? '',
    runInvocationURI: typed.fulcioInvocation ?? '',
    sourceRepositoryIdentifier: typed.fulcioIdentifier ?? '',
    sourceRepositoryRef: typed.fulcioRef ?? '',
    sourceRepositoryURI: typed.fulcioUri ?? '',
    buildConfigURI: typed.fulcioConfig ?? '',
    runnerEnvironment: typed.fulcioRunner ?? '',
  }
}

/** A certificate is no key to trust by itself: it has a chain and dates that nobody would look at. */
function policyKey(file: string): RawKeyVerifier[] {
  const pem = asUsage(() =>
    readBoundedFile(file, { limit: MAX_PEM, code: 'ERR_USAGE_KEY', what: 'key file' }),
  )
  const { der } = asUsage(() => firstPemBlock(pem, { file, expected: 'a PEM public key' }))
  if (!isPublicKeyInfo(der) && isCertificate(der)) return []
  return [keyVerifier(asUsage(() => loadPublicKey(file)))]
}

function isCertificate(der: Buffer): boolean {
  try {
    return new X509Certificate(der).raw.length > 0
  } catch {
    return false
  }
}

function loadCertificates(file: string): X509[] {
  return asUsage(() =>
    readPemBundle(
      readBoundedFile(file, { limit: MAX_PEM, code: 'ERR_USAGE_CERTIFICATE', what: 'certificate file' }),
      file,
    ),
  )
}

/** What was named on the command line and can't be used is wrong usage, whatever is wrong with it. */
function asUsage<Result>(load: () => Result): Result {
  try {
    return load()
  } catch (thrown) {
    throw usageError('ERR_USAGE_FILE', messageOf(thrown))
  }
}
