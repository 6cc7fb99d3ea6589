// The platforms that get a prebuilt package: Rust's name, npm's name, and the fields npm selects by.
// It is the one table of them; package.json repeats the triples for napi, and `manifests.mjs --check` compares.
// Used by the build, the staging of a release and the packed-install test.

const TABLE = {
  'x86_64-unknown-linux-gnu': { tuple: 'linux-x64-gnu', os: 'linux', cpu: 'x64', libc: 'glibc' },
  'aarch64-unknown-linux-gnu': { tuple: 'linux-arm64-gnu', os: 'linux', cpu: 'arm64', libc: 'glibc' },
  'x86_64-unknown-linux-musl': { tuple: 'linux-x64-musl', os: 'linux', cpu: 'x64', libc: 'musl' },
  'aarch64-unknown-linux-musl': { tuple: 'linux-arm64-musl', os: 'linux', cpu: 'arm64', libc: 'musl' },
  'x86_64-apple-darwin': { tuple: 'darwin-x64', os: 'darwin', cpu: 'x64' },
  'aarch64-apple-darwin': { tuple: 'darwin-arm64', os: 'darwin', cpu: 'arm64' },
}

/** Every published platform: `triple`, `tuple`, `os`, `cpu`, `libc` and the addon's `file` name. */
export const targets = Object.entries(TABLE).map(([triple, fields]) => ({
  triple,
  ...fields,
  file: `lanner.${fields.tuple}.node`,
  packageName: `@lanner/native-${fields.tuple}`,
}))

/** The target this process runs on, or undefined when no package is published for it. */
export function hostTarget() {
  const libc = process.platform === 'linux' ? hostLibc() : undefined
  return targets.find(
    ({ os, cpu, libc: wanted }) => os === process.platform && cpu === process.arch && wanted === libc,
  )
}

/** Which C library this Node runs on, by Node's own report: `glibcVersionRuntime` is absent on musl. */
function hostLibc() {
  process.report.excludeNetwork = true
  return process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc'
}
