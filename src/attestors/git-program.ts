// Runs the `git` program in one working directory, such that nothing the repository says makes it start another program.
// Understands none of its output. Used by the git attestor's parts.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, constants, createReadStream, statSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { PASSPHRASE_VARIABLES } from '../envelope/passphrase.ts'
import { LannerError } from '../error.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * GIT_* variables that say how git works here. All others (GIT_DIR, GIT_INDEX_FILE, GIT_EXTERNAL_DIFF …), such as a hook
 * that runs us has set, could turn it to another repository than that of the working directory, or start programs.
 */
const KEPT_VARIABLES =
  /^GIT_(EXEC_PATH|CONFIG_GLOBAL|CONFIG_SYSTEM|CONFIG_NOSYSTEM|CONFIG_COUNT|CONFIG_KEY_\d+|CONFIG_VALUE_\d+|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM)$/

const FIXED_ENVIRONMENT: Environment = {
  LC_ALL: 'C',
  LANGUAGE: '',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  GIT_NO_REPLACE_OBJECTS: '1',
  // A partial clone fetches what it lacks: nothing is contacted unless the user named it.
  GIT_NO_LAZY_FETCH: '1',
  GIT_ALLOW_PROTOCOL: 'none',
}

/** Settings that name programs, or would make equal trees give unequal output. */
const FIXED_CONFIG: readonly string[] = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.quotePath=true',
  // git-config(1): a bare repository inside a work tree may have been put there by whoever made the tree.
  'safe.bareRepository=explicit',
]

/** What a run of git left. */
export interface GitOutput {
  readonly exitCode: number
  readonly stdout: Buffer
  readonly stderr: string
}

/** The git program, bound to a working directory. */
export interface GitProgram {
  /** Absolute path of the binary. */
  readonly path: string
  /** Any exit is a result. `config` entries are `key=value`. */
  run(args: readonly string[], config?: readonly string[]): Promise<GitOutput>
  /** As `run`, but an exit other than 0 is an error. */
  require(args: readonly string[], config?: readonly string[]): Promise<Buffer>
  /** The same program in a folder below. */
  in(folder: string): GitProgram
}

/** Finds git on PATH and binds it to `directory`. */
export function openGit(directory: string, env: Environment = process.env): GitProgram {
  return bind(findGit(env.PATH ?? ''), directory, gitEnvironment(env))
}

/** Digest of the binary, so that the attestation says which git answered. */
export async function digestOfProgram(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}

/** Turns git's own words into our error. */
export function gitFailure(args: readonly string[], output: GitOutput): LannerError {
  const said = output.stderr.trim().split('\n').at(0) ?? ''
  const owned = /detected dubious ownership in repository at '(.*)'/.exec(output.stderr)?.[1]
  if (owned !== undefined) {
    return new LannerError('ERR_GIT_OWNERSHIP', `repository \`${owned}\` belongs to another user`, {
      hint: `if you trust it, run \`git config --global --add safe.directory ${owned}\``,
      facts: { repository: owned },
    })
  }
  if (output.stderr.includes('not a git repository')) {
    return new LannerError('ERR_GIT_NO_REPOSITORY', 'the working directory is in no git repository', {
      hint: 'run inside a checkout, or leave `git` out of --attestations',
    })
  }
  if (output.stderr.includes('cannot use bare repository')) return noWorkTree()
  return new LannerError('ERR_GIT_FAILED', `git ${args[0] ?? ''} ended with ${output.exitCode}: ${said}`, {
    facts: { exitCode: output.exitCode },
  })
}

/** The repository has no work tree here: it is bare, or we are in its `.git`. */
export function noWorkTree(): LannerError {
  return new LannerError(
    'ERR_GIT_NO_WORK_TREE',
    'the working directory is in a git repository without a work tree',
    {
      hint: 'run in a checkout of the repository',
    },
  )
}

function bind(path: string, directory: string, env: Environment): GitProgram {
  const run = (args: readonly string[], config: readonly string[] = []): Promise<GitOutput> => {
    const settings = [...FIXED_CONFIG, ...config].flatMap(setting => ['-c', setting])
    return execute(path, ['-C', directory, '--no-pager', ...settings, ...args], env)
  }
  return {
    path,
    run,
    async require(args, config) {
      const output = await run(args, config)
      if (output.exitCode !== 0) throw gitFailure(args, output)
      return output.stdout
    },
    in: folder => bind(path, join(directory, folder), env),
  }
}

function execute(path: string, args: readonly string[], env: Environment): Promise<GitOutput> {
  return new Promise((resolve, reject) => {
    const options = { env, encoding: 'buffer', maxBuffer: Number.POSITIVE_INFINITY } as const
    const child = execFile(path, args, options, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : error.code
      if (typeof exitCode === 'number') resolve({ exitCode, stdout, stderr: stderr.toString() })
      else
        reject(new LannerError('ERR_GIT_FAILED', `git could not be run: ${error?.message}`, { cause: error }))
    })
    child.stdin?.end()
  })
}

function gitEnvironment(env: Environment): Environment {
  const hidden = new Set<string>(PASSPHRASE_VARIABLES)
  const kept = Object.entries(env).filter(([name]) => {
    return !hidden.has(name) && (!name.startsWith('GIT_') || KEPT_VARIABLES.test(name))
  })
  return { ...Object.fromEntries(kept), ...FIXED_ENVIRONMENT }
}

/** Relative PATH entries are passed over: the working tree is no place to take programs from. */
function findGit(path: string): string {
  for (const folder of path.split(delimiter)) {
    const candidate = join(folder, 'git')
    if (isAbsolute(folder) && isExecutableFile(candidate)) return candidate
  }
  throw new LannerError('ERR_GIT_NOT_FOUND', 'no `git` program on PATH', {
    hint: 'install git, or leave `git` out of --attestations',
  })
}

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
