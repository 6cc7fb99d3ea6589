// `lanner keyid show`: prints the id that signatures and policies know a key by.
// Judges no key beyond what may sign here. Loaded by `cli.ts`.
import { Command, Option } from 'clipanion'
import { keyId } from '../envelope/key-id.ts'
import { loadPublicHalf } from '../envelope/keys.ts'
import { resolvePassphrase } from '../envelope/passphrase.ts'
import type { Secret } from '../envelope/secret.ts'
import { LannerError, usageError } from '../error.ts'
import { writeAll } from '../terminal/output.ts'
import type { LannerContext } from './context.ts'
import { parseChoice } from './flag-values.ts'

/** One file's outcome, as `--format json` prints it. */
type Shown =
  | { readonly path: string; readonly keyid: string }
  | { readonly path: string; readonly error: string }

export class KeyidShowCommand extends Command<LannerContext> {
  static override paths = [['keyid', 'show']]

  static override usage = Command.Usage({
    category: 'Keys',
    description: 'print the ids of keys',
    details: `
      The id is the SHA-256 of the public key's PEM text. Private keys, public keys and X.509 certificates are read. A file
      that can't be read is reported on stderr, the others are still printed, and the exit code is 1. \`--format\`: \`text\`
      (id and path), \`lines\` (ids alone), \`json\`.
    `,
    examples: [
      ['The id of a key', '$0 keyid show key.pub.pem'],
      ['Several, for a program', '$0 keyid show --format json ci.pub.pem release.pub.pem'],
    ],
  })

  keys: string[] = Option.Array('-k,--key', [], {
    description: 'A key file; the same as naming it without the option',
  })

  format: string = Option.String('--format', 'text', { description: 'text, lines or json (text)' })

  passphrasePath: string | undefined = Option.String('--passphrase-path', {
    description: 'File whose single line is the passphrase of encrypted keys',
  })

  files: string[] = Option.Rest({ name: 'FILE' })

  async execute(): Promise<number> {
    const format = parseChoice('--format', this.format, ['text', 'lines', 'json'])
    const paths = [...this.keys, ...this.files]
    if (paths.length === 0) throw usageError('ERR_USAGE_KEYID', '`keyid show` needs a key file')
    const passphrase = resolvePassphrase({ file: this.passphrasePath, env: this.context.env })
    const shown = paths.map(path => show(path, passphrase))
    passphrase?.wipe()
    if (format === 'json') await writeAll(this.context.stdout, `${JSON.stringify(shown, undefined, 2)}\n`)
    for (const one of shown) {
      if ('error' in one) await writeAll(this.context.stderr, `ERROR  ${one.path}  ${one.error}\n`)
      else if (format === 'text') await writeAll(this.context.stdout, `${one.keyid}  ${one.path}\n`)
      else if (format === 'lines') await writeAll(this.context.stdout, `${one.keyid}\n`)
    }
    return shown.some(one => 'error' in one) ? 1 : 0
  }
}

function show(path: string, passphrase: Secret | undefined): Shown {
  try {
    return { path, keyid: keyId(loadPublicHalf(path, passphrase)) }
  } catch (thrown) {
    if (thrown instanceof LannerError) return { path, error: thrown.message }
    throw thrown
  }
}
