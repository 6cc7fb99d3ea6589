// Chooses the Falco capture among the files the step wrote, by their content and never by luck.
// Reads no file: the addon has looked at the head of each. Used by `falco.ts` alone.
import { basename } from 'node:path'
import { LannerError } from '../error.ts'

/** What the head of a file looks like, as the addon's sniffer names it. */
export type CaptureLook =
  | 'falco_events'
  | 'empty'
  | 'text'
  | 'other_json_lines'
  | 'pretty_printed'
  | 'gzip'
  | 'zstd'
  | 'utf16'
  | 'prefixed_log'
  | 'other'

/** A file the step wrote, as far as choosing goes. */
export interface CandidateFile {
  readonly index: number
  readonly path: string
  readonly look: CaptureLook
}

const FLAG = '--attestor-falco-file'

/** Looks that are clearly a capture gone wrong: the code and what to do. */
const REFUSALS: Partial<Record<CaptureLook, { code: string; is: string; hint: string }>> = {
  pretty_printed: {
    code: 'ERR_FALCO_PRETTY_PRINTED',
    is: 'is one JSON document over several lines or one array, not one event a line',
    hint: "write one event a line, for example with `jq -c .` (an array: `jq -c '.[]'`)",
  },
  gzip: {
    code: 'ERR_FALCO_GZIP',
    is: 'is a gzip file',
    hint: 'unpack it in the step: `gzip -dc FILE > falco-events.jsonl`',
  },
  zstd: {
    code: 'ERR_FALCO_ZSTD',
    is: 'is a zstd file',
    hint: 'unpack it in the step: `zstd -dc FILE > falco-events.jsonl`',
  },
  utf16: {
    code: 'ERR_FALCO_UTF16',
    is: 'is UTF-16 text',
    hint: 'JSON is UTF-8: convert it in the step with `iconv -f UTF-16 -t UTF-8`',
  },
  prefixed_log: {
    code: 'ERR_FALCO_PREFIXED_LOG',
    is: "has a container runtime's prefix before each event",
    hint: "the lines carry a container runtime's prefix (time, stream, tag): cut it in the step with `cut -d' ' -f4-`, or use `kubectl logs`",
  },
  other_json_lines: {
    code: 'ERR_FALCO_NO_EVENTS',
    is: 'has JSON lines but no Falco event among them',
    hint: 'a Falco event is a JSON object with a non-empty string `rule`',
  },
  other: {
    code: 'ERR_FALCO_NO_EVENTS',
    is: 'is not text with one JSON event a line',
    hint: 'run Falco with `json_output: true` and capture its standard output',
  },
}

/** Refuses a file that was named although its content cannot be a capture. */
export function assertCapture(file: Pick<CandidateFile, 'path' | 'look'>): void {
  const refusal = REFUSALS[file.look]
  if (refusal === undefined) return
  throw new LannerError(refusal.code, `${file.path} ${refusal.is}`, {
    hint: refusal.hint,
    facts: { file: file.path, expected: 'line-delimited JSON events' },
  })
}

/** The one capture among the files the step wrote. Throws `ERR_FALCO_*` naming the files when there is none, or several. */
export function chooseCapture(files: readonly CandidateFile[]): CandidateFile {
  const withEvents = files.filter(file => file.look === 'falco_events')
  if (withEvents.length > 0) return theOnly(withEvents)
  const named = files.filter(isNamedFalco)
  const quiet = named.filter(file => file.look === 'empty' || file.look === 'text')
  if (quiet.length > 0) return theOnly(quiet)
  const [refused] = [...named, ...files].filter(looksLikeCaptureGoneWrong)
  if (refused !== undefined) assertCapture(refused)
  throw new LannerError('ERR_FALCO_NO_CAPTURE', 'the step wrote no Falco capture', {
    hint: `redirect Falco's JSON lines into a file of the working directory, or name the file with ${FLAG}`,
    facts: { expected: 'a product with Falco events' },
  })
}

function isNamedFalco(file: CandidateFile): boolean {
  return basename(file.path).startsWith('falco')
}

/** Binary products and foreign JSON are everyday files: only a name that says Falco makes them a capture gone wrong. */
function looksLikeCaptureGoneWrong(file: CandidateFile): boolean {
  if (REFUSALS[file.look] === undefined) return false
  return isNamedFalco(file) || file.look === 'prefixed_log'
}

function theOnly(candidates: readonly CandidateFile[]): CandidateFile {
  const [first, second] = candidates
  if (first !== undefined && second === undefined) return first
  const paths = candidates.map(file => file.path).sort()
  const shown = paths.slice(0, 10).join(', ') + (paths.length > 10 ? `, and ${paths.length - 10} more` : '')
  throw new LannerError('ERR_FALCO_AMBIGUOUS', `the step wrote ${paths.length} Falco captures: ${shown}`, {
    hint: `name the one to attest with ${FLAG} FILE`,
    facts: { expected: 'one capture' },
  })
}
