// Builds the input trees of the golden corpus from their `tree.json` and `setup.sh`.
// Knows the corpus' format and nothing of what is expected. Used by the golden tests.
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** One entry of `tree.json`; which members stand depends on `type`. */
interface Entry {
  readonly type: 'file' | 'dir' | 'symlink' | 'hardlink' | 'fifo' | 'many'
  readonly path?: string
  readonly path_b64?: string
  readonly content?: string
  readonly content_b64?: string
  readonly gen?: { readonly size: number }
  readonly mode?: string
  readonly target?: string
  readonly to?: string
  readonly count?: number
}

/** Makes the tree that `folder` describes at `tree`, an empty directory, and what lies outside of it beside it. */
export function buildTree(folder: string, tree: string): void {
  const { entries, outside_entries: outside = [] } = JSON.parse(
    readFileSync(join(folder, 'tree.json'), 'utf8'),
  ) as { entries: Entry[]; outside_entries?: Entry[] }
  for (const entry of outside) make(entry, join(tree, '..'))
  for (const entry of entries) make(entry, tree)
  const script = join(folder, 'setup.sh')
  if (!existsSync(script)) return
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' }
  execFileSync('sh', ['-eu', script], { cwd: tree, env, stdio: ['ignore', 'ignore', 'inherit'] })
}

function make(entry: Entry, root: string): void {
  if (entry.type === 'many') {
    for (let index = 0; index < (entry.count ?? 0); index += 1) {
      make({ type: 'file', path: numbered(entry.path, index), content: numbered(entry.content, index) }, root)
    }
    return
  }
  const path = placeOf(entry, root)
  mkdirSync(entry.path === undefined ? root : dirname(join(root, entry.path)), { recursive: true })
  switch (entry.type) {
    case 'dir':
      mkdirSync(path, { recursive: true })
      break
    case 'symlink':
      symlinkSync(entry.target ?? '', path)
      break
    case 'hardlink':
      linkSync(join(root, entry.to ?? ''), path)
      break
    case 'fifo':
      execFileSync('mkfifo', [path.toString()])
      break
    case 'file':
      writeFileSync(path, contentOf(entry))
      if (entry.mode !== undefined) chmodSync(path, Number.parseInt(entry.mode, 8))
  }
}

/** Names that are not UTF-8 exist only as bytes. */
function placeOf({ path, path_b64: bytes }: Entry, root: string): string | Buffer {
  if (bytes === undefined) return join(root, path ?? '')
  return Buffer.concat([Buffer.from(`${root}/`), Buffer.from(bytes, 'base64')])
}

function contentOf({ content, content_b64: base64, gen }: Entry): string | Buffer {
  if (base64 !== undefined) return Buffer.from(base64, 'base64')
  // The corpus' one rule: the byte at offset i is ((i mod 256) * 31 + 7) & 255.
  if (gen !== undefined)
    return Buffer.from(Uint8Array.from({ length: gen.size }, (_, i) => (i * 31 + 7) & 255))
  return content ?? ''
}

/** `%d` and `%04d` as printf(3) writes them. */
function numbered(text: string | undefined, index: number): string {
  return (text ?? '').replace(/%0?(\d*)d/, (_, width: string) => String(index).padStart(Number(width), '0'))
}
