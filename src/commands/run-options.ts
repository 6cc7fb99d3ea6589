// The flags of `run` and `attest` as they are typed. What they mean is in `run-plan.ts`.
// Parses nothing but words. Used by those two commands.
import { Option } from 'clipanion'
import { SignerCommand } from './signer-options.ts'

const hidden = { hidden: true } as const

/** Options that `run` and `attest` share; names and short forms as cilock's. */
export abstract class StepCommand extends SignerCommand {
  stepName = Option.String('-s,--step', {
    required: true,
    description: 'Name of the step: the collection is found by it',
  })
  attestations = Option.Array('-a,--attestations', {
    description: 'Attestors to run besides material, command-run and product (default environment,git)',
  })
  outfile = Option.String('-o,--outfile', { description: 'Where the envelope goes (default stdout)' })
  workingDirectory = Option.String('-d,--workingdir', {
    description: 'Directory the step runs in and is recorded from',
  })
  subjects = Option.Array('--subjects', { description: 'Further subject: NAME or NAME=ALG:HEX; repeatable' })
  profile = Option.String('--profile', {
    description:
      'cilock (default) or witness: what the verifier reads; witness puts falco into OUTFILE-falco.json',
  })
  json = Option.String('--json', {
    tolerateBoolean: true,
    description: 'Print a summary of the run as JSON on stdout',
  })
  outputFormat = Option.String('--output-format', { description: 'text or json (the same as --json)' })
  logLevel = Option.String('-l,--log-level', 'info', { description: 'debug, info, warn or error' })

  tty = Option.String('--tty', {
    tolerateBoolean: true,
    description: 'Give the step our own stdin, stdout and stderr, and record none of its output',
  })
  outputLimit = Option.String('--attestor-command-run-output-limit', {
    description:
      'Bytes of stdout and of stderr to record (default 1048576); the digest is always of all of it',
  })
  ignoreExitCode = Option.String('--ignore-command-exit-code', {
    tolerateBoolean: true,
    description: 'Exit 0 although the step failed; its code is recorded',
  })

  include = Option.String('--attestor-product-include-glob', {
    description: 'Only these paths are products (default *)',
  })
  exclude = Option.String('--attestor-product-exclude-glob', { description: 'These paths are no products' })
  withoutDefault = Option.Array('--no-default-attestor', { description: 'Leave out material or product' })
  rehash = Option.String('--rehash', {
    tolerateBoolean: true,
    description: 'Read every file again after the step, even one whose metadata did not change',
  })
  requireComplete = Option.String('--require-complete', {
    tolerateBoolean: true,
    description: 'Fail material or product when a file could not be digested, instead of recording it',
  })
  captureMode = Option.String('--capture-mode', {
    description:
      'Where materials and products come from: walk the working directory, trace, or auto (default): trace if traced',
  })

  trace = Option.String('-r,--trace', {
    tolerateBoolean: true,
    description: 'Trace the step; --trace=auto runs it untraced where that is not permitted, and records so',
  })
  traceLinger = Option.String('--trace-linger', {
    description: 'Seconds to go on tracing what the command left behind (default 1)',
  })
  includeOutside = Option.String('--include-outside', {
    tolerateBoolean: true,
    description: 'With --capture-mode trace: files outside of the working directory too',
  })
  requireZeroGaps = Option.String('--require-zero-gaps', {
    tolerateBoolean: true,
    description: 'Fail command-run when anything escaped the trace',
  })
  requireZeroDrops = Option.String('--require-zero-drops', { tolerateBoolean: true, ...hidden })
  events = Option.String('--events', {
    description:
      'Write the system calls of the step to this file, one JSON object a line with Falco’s field names',
  })
  hardening = Option.String('--hardening', hidden)
  diagnose = Option.String('--diagnose', { tolerateBoolean: true, ...hidden })
  prewalkSkip = Option.Array('--prewalk-skip-dir', hidden)
  prewalkInclude = Option.Array('--prewalk-include-dir', hidden)
  cacheAllow = Option.Array('--cache-allow-pattern', hidden)
  cacheNoDefaults = Option.String('--cache-disable-defaults', { tolerateBoolean: true, ...hidden })
  cacheNoProbe = Option.String('--cache-disable-env-probe', { tolerateBoolean: true, ...hidden })

  falcoFile = Option.String('--attestor-falco-file', {
    description: 'The Falco capture, when content alone cannot tell',
  })
  falcoEvents = Option.String('--attestor-falco-events', {
    description:
      'embed (default) signs the event lines themselves, digest only their Merkle root and summary',
  })
  falcoStrict = Option.String('--attestor-falco-strict', {
    tolerateBoolean: true,
    description: 'Fail falco when any line but a blank one is no event',
  })

  rules = Option.Array('--rules', {
    description:
      "Falco's rules to judge the step by: file or directory, repeatable; without a file below, its system calls",
  })
  detectionsFile = Option.String('--attestor-detections-file', {
    description: 'Judge this file, which the step wrote, instead of its system calls',
  })
  detectionsSource = Option.String('--attestor-detections-source', {
    description: 'What that file holds: k8s_audit, aws_cloudtrail, falco or syscall',
  })
  detectionsAlerts = Option.String('--attestor-detections-alerts', {
    description: 'embed (default) signs the alerts themselves, digest only their Merkle root and summary',
  })
  detectionsOutfile = Option.String('--alerts', {
    description: 'Write the alerts to this file too, as JSON lines',
  })
  ruleMatching = Option.String('--rule-matching', {
    description: 'first (default): an event alerts once; all: with every rule that matches',
  })
  failOn = Option.String('--fail-on', {
    description:
      'Exit 1, with everything signed, when an alert has this priority (debug … emergency) or a more urgent one',
  })
  falcoCompat = Option.String('--falco-compat', { tolerateBoolean: true, ...hidden })
  asContainer = Option.String('--as-container', {
    description: 'Rules see the step as run in this container, NAME or NAME=IMAGE; fills `container.*`',
  })
  asPrivileged = Option.String('--as-privileged', {
    tolerateBoolean: true,
    description: 'The container of --as-container is privileged',
  })

  envDisableDefaults = Option.String('--env-disable-default-sensitive-vars', {
    tolerateBoolean: true,
    description: 'Mask no variable by the built-in list',
  })
  envAddKeys = Option.Array('--env-add-sensitive-key', {
    description: 'Mask this variable too (name or glob); repeatable',
  })
  envAllowKeys = Option.Array('--env-allow-sensitive-key', {
    description: 'Never mask this variable; repeatable',
  })
  envFilter = Option.String('--env-filter-sensitive-vars', {
    tolerateBoolean: true,
    description: 'Leave sensitive variables out instead of masking them',
  })
  envAllowlist = Option.Array('--env-capture-allowlist', {
    description: 'Record only these variables (name or glob)',
  })

  hashes = Option.Array('--hashes', { description: 'Digest algorithms; sha256 is always the one recorded' })
  dirhashGlob = Option.Array('--dirhash-glob', hidden)
  enableArchivista = Option.String('--enable-archivista', {
    tolerateBoolean: true,
    description: 'Upload the envelope once it is written; needs --archivista-server and --outfile',
  })
  archivistaServer = Option.String('--archivista-server', { description: 'URL of the Archivista server' })
  archivistServer = Option.String('--archivist-server', hidden)
  archivistaHeaders = Option.Array('--archivista-headers', {
    description: 'Header for that server, `Name: value`; repeatable',
  })
  archivistaTokenPath = Option.String('--archivista-token-path', {
    description: 'File with its bearer token; LANNER_ARCHIVISTA_TOKEN does the same',
  })
  enableArchivist = Option.String('--enable-archivist', { tolerateBoolean: true, ...hidden })
  platformUrl = Option.String('--platform-url', hidden)
  offline = Option.String('--offline', { tolerateBoolean: true, ...hidden })
  workload = Option.String('--workload', hidden)
}
