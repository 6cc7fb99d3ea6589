// `lanner keygen`: makes a key pair to sign with, the private file readable by its owner alone.
// Prints the key id and nothing secret. Loaded by `cli.ts`.
import { Command, Option } from 'clipanion'
import { KEY_KINDS, parseKeyKind, writeKeyPair } from '../envelope/key-pair.ts'
import { resolvePassphrase } from '../envelope/passphrase.ts'
import { writeAll } from '../terminal/output.ts'
import type { LannerContext } from './context.ts'
import { parseSwitch } from './flag-values.ts'

export class KeygenCommand extends Command<LannerContext> {
  static override paths = [['keygen']]

  static override usage = Command.Usage({
    category: 'Keys',
    description: 'make a key pair',
    details: `
      Writes the private key as PKCS#8 with mode 0600, and \`NAME.pub.pem\` beside \`NAME.pem\`; prints the key id. Types:
      ${KEY_KINDS.join(', ')}. With a passphrase, from \`--passphrase-path\` or else from LANNER_KEY_PASSPHRASE,
      AFLOCK_KEY_PASSPHRASE or WITNESS_KEY_PASSPHRASE, the private key is encrypted. Existing files are left alone unless
      \`--force\` is given.
    `,
    examples: [
      ['An Ed25519 key in key.pem and key.pub.pem', '$0 keygen'],
      ['An encrypted P-256 key', '$0 keygen --type ecdsa-p256 -o ci.pem --passphrase-path passphrase.txt'],
    ],
  })

  type: string = Option.String('--type', 'ed25519', {
    description: `Kind of key: ${KEY_KINDS.join(', ')} (ed25519)`,
  })

  output: string = Option.String('-o,--output', 'key.pem', { description: 'The private key file (key.pem)' })

  passphrasePath: string | undefined = Option.String('--passphrase-path', {
    description: 'File whose single line encrypts the private key',
  })

  force: string | boolean = Option.String('--force', false, {
    tolerateBoolean: true,
    description: 'Replace files already there',
  })

  json: string | boolean = Option.String('--json', false, {
    tolerateBoolean: true,
    description: 'Print the result as JSON',
  })

  async execute(): Promise<number> {
    const force = parseSwitch('--force', this.force)
    const kind = parseKeyKind(this.type)
    const passphrase = resolvePassphrase({ file: this.passphrasePath, env: this.context.env })
    try {
      const pair = await writeKeyPair({ kind, file: this.output, passphrase, force })
      const { keyId, privateFile, publicFile } = pair
      const result = { keyid: keyId, type: kind, private: privateFile, public: publicFile }
      const text = parseSwitch('--json', this.json) ? JSON.stringify(result) : keyId
      await writeAll(this.context.stdout, `${text}\n`)
      return 0
    } finally {
      passphrase?.wipe()
    }
  }
}
