// `lanner sign`: puts any file, a policy above all, into a signed DSSE envelope.
// Doesn't look at what it signs. Loaded by `cli.ts`.
import { dirname, resolve } from 'node:path'
import { Command, Option } from 'clipanion'
import { writeEnvelope } from '../envelope/dsse.ts'
import { usageError } from '../error.ts'
import { openNative } from '../native/native.ts'
import { writeAll } from '../terminal/output.ts'
import { parseSwitch } from './flag-values.ts'
import { guardProcess } from './key-custody.ts'
import { SignerCommand } from './signer-options.ts'

/** What policy readers look for when they ask what was signed. */
const POLICY_TYPE = 'https://witness.testifysec.com/policy/v0.1'

export class SignCommand extends SignerCommand {
  static override paths = [['sign']]

  static override usage = Command.Usage({
    category: 'Evidence',
    description: 'sign a file into a DSSE envelope',
    details: `
      The bytes of the input are signed as they are, under the type given with \`--datatype\`: the policy type unless said
      otherwise. The envelope appears whole or not at all.
    `,
    examples: [
      ['Sign a policy', '$0 sign -f policy.json -o policy.signed.json -k policy-key.pem'],
      [
        'Sign a statement',
        '$0 sign -f statement.json -o out.json -k key.pem -t application/vnd.in-toto+json',
      ],
      [
        'With an encrypted key',
        '$0 sign -f in.json -o out.json -k key.pem --signer-file-key-passphrase-path pass.txt',
      ],
    ],
  })

  infile: string | undefined = Option.String('-f,--infile', { description: 'File to sign, of any size' })

  outfile: string | undefined = Option.String('-o,--outfile', { description: 'Where the envelope goes' })

  datatype: string = Option.String('-t,--datatype', POLICY_TYPE, {
    description: `Payload type of the envelope (${POLICY_TYPE})`,
  })

  json: string | boolean = Option.String('--json', false, {
    tolerateBoolean: true,
    description: 'Print the result as JSON',
  })

  platformUrl: string | undefined = Option.String('--platform-url', { hidden: true })

  offline: string | boolean | undefined = Option.String('--offline', { tolerateBoolean: true, hidden: true })

  async execute(): Promise<number> {
    const { infile, outfile } = this
    if (infile === undefined || outfile === undefined) {
      throw usageError('ERR_USAGE_SIGN', '`sign` needs both `--infile` and `--outfile`')
    }
    if (this.platformUrl) throw usageError('ERR_USAGE_UNSUPPORTED', '`--platform-url` is not supported')
    const native = await openNative()
    await guardProcess(native)
    const signer = await this.loadSigner()
    const work = new native.Work()
    const payload = await native.readPayload(infile, dirname(resolve(outfile)), work)
    await writeEnvelope(native, payload, this.datatype, signer, { file: outfile }, work)
    if (parseSwitch('--json', this.json)) {
      const result = { keyid: signer.keyId, algorithm: signer.algorithm, datatype: this.datatype, outfile }
      await writeAll(this.context.stdout, `${JSON.stringify(result)}\n`)
    }
    return 0
  }
}
