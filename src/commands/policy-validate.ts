// `lanner policy validate`: says what is wrong with a policy, signed or not, before anything depends on it.
// Judges no evidence. Loaded by `cli.ts`.
import { tmpdir } from 'node:os'
import { Command, Option } from 'clipanion'
import { readBoundedFile } from '../envelope/bounded-file.ts'
import { anySignatureHolds } from '../envelope/inspection.ts'
import { loadPublicKey } from '../envelope/keys.ts'
import { type ReadEnvelope, readEnvelope } from '../envelope/reading.ts'
import { usageError } from '../error.ts'
import { toLannerError } from '../native/failure.ts'
import { type Native, openNative, type Work } from '../native/native.ts'
import { checkPolicy, type PolicyCheck } from '../policy/policy-check.ts'
import { parsePolicy } from '../policy/policy-document.ts'
import type { PolicyFault } from '../policy/policy-structure.ts'
import { moduleFault } from '../policy/rego-gate.ts'
import { writeAll } from '../terminal/output.ts'
import { type Paint, paintFor } from '../terminal/style.ts'
import type { LannerContext } from './context.ts'
import { parseChoice } from './flag-values.ts'

const MAX_POLICY = 64 << 20
const POLICY_TYPES = ['https://witness.testifysec.com/policy/v0.1', 'https://aflock.ai/policy/v0.1']

/** The command class of `policy validate`. */
export class PolicyValidateCommand extends Command<LannerContext> {
  static override paths = [['policy', 'validate']]

  static override usage = Command.Usage({
    category: 'Policy',
    description: 'check a policy, signed or not',
    details: `
      Names every fault by its path in the document. Exit code 1 when there is an error; warnings alone leave it 0.
      With \`-k\` the signature must hold under that key.
    `,
    examples: [
      ['Before signing', '$0 policy validate -p policy.json'],
      ['Afterwards', '$0 policy validate -p policy.signed.json -k policy.pub.pem'],
    ],
  })

  policy = Option.String('-p,--policy', { description: 'Policy: JSON, or its signed envelope' })
  publicKey = Option.String('-k,--publickey', {
    description: 'Public key (PEM) the signature must hold under',
  })
  output = Option.String('-o,--output', { description: 'text (default) or json' })

  override async execute(): Promise<number> {
    const format = parseChoice('-o', this.output, ['text', 'json'])
    if (this.policy === undefined)
      throw usageError('ERR_USAGE_POLICY', '`policy validate` needs a policy', 'pass `-p policy.json`')
    const native = await openNative()
    const check = await validate(native, this.policy, this.publicKey, new native.Work())
    const { stdout } = this.context
    await writeAll(stdout, format === 'json' ? toJson(check) : toText(check, paintFor(stdout)))
    return check.errors.length === 0 ? 0 : 1
  }
}

async function validate(
  native: Native,
  file: string,
  keyFile: string | undefined,
  work: Work,
): Promise<PolicyCheck> {
  const key = keyFile === undefined ? undefined : loadPublicKey(keyFile)
  const text = readBoundedFile(file, {
    limit: MAX_POLICY,
    code: 'ERR_USAGE_POLICY',
    what: 'policy',
  }).toString('utf8')
  const errors: PolicyFault[] = []
  const warnings: PolicyFault[] = []
  let json = text
  if (isEnvelope(text)) {
    const envelope = await readEnvelope(native, file, tmpdir(), work)
    json = envelope.outline.json.toString('utf8')
    warnings.push(...typeWarnings(envelope))
    if (key !== undefined && !(await anySignatureHolds(envelope, key, work))) {
      errors.push({ path: 'signatures', message: 'none holds under the key given' })
    }
  } else {
    if (key !== undefined) errors.push({ path: 'signatures', message: 'the policy is not signed' })
    else
      warnings.push({
        path: 'signatures',
        message: 'the policy is not signed; `verify` takes signed ones only',
      })
  }
  try {
    const check = checkPolicy(parsePolicy(json), new Date(), module => moduleFault(native, module))
    return { errors: [...errors, ...check.errors], warnings: [...warnings, ...check.warnings] }
  } catch (thrown) {
    const failure = toLannerError(thrown)
    if (failure.exit === 70) throw failure
    return {
      errors: [...errors, { path: String(failure.facts.path ?? 'policy'), message: failure.message }],
      warnings,
    }
  }
}

function isEnvelope(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'payload' in value
  } catch {
    return false
  }
}

function typeWarnings({ payloadType }: ReadEnvelope): PolicyFault[] {
  return POLICY_TYPES.includes(payloadType)
    ? []
    : [{ path: 'payloadType', message: `is \`${payloadType}\`, not one of a policy` }]
}

function toJson({ errors, warnings }: PolicyCheck): string {
  return `${JSON.stringify({ valid: errors.length === 0, errors, warnings }, null, 2)}\n`
}

function toText({ errors, warnings }: PolicyCheck, paint: Paint): string {
  const lines = [
    ...errors.map(({ path, message }) => `${paint('bad', 'error')}: ${path}: ${message}`),
    ...warnings.map(({ path, message }) => `${paint('caution', 'warning')}: ${path}: ${message}`),
    errors.length === 0
      ? `the policy is ${paint('good', 'valid')}`
      : `the policy has ${errors.length} error${errors.length === 1 ? '' : 's'}`,
  ]
  return `${lines.join('\n')}\n`
}
