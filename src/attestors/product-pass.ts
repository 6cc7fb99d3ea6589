// The pass after the step: finds what changed, lets the falco attestor pick its capture, digests the rest.
// A capture is read once: the parser's digest serves the product tree too. Used by `workflow.ts` alone.
import type { Capture, Native, ProductScan, TreeScan, Work } from '../native/native.ts'
import type { Finding } from './attestor.ts'
import { attestFalco } from './falco.ts'
import { assertCapture, type CandidateFile, type CaptureLook, chooseCapture } from './falco-choice.ts'
import { namedFile } from './named-file.ts'
import type { TreePasses } from './tree-passes.ts'
import type { RunPlan } from './workflow.ts'

/** The product tree, and the falco finding taken from the same reading. */
export interface ProductPass {
  readonly products: TreeScan
  /** The falco finding. Throws what kept it from being made. */
  falco(): Finding
}

/** Scans the products; reads the Falco capture among them when the plan asks for falco. */
export async function scanProducts(
  plan: RunPlan,
  native: Native,
  passes: TreePasses,
  materials: TreeScan | undefined,
  work: Work,
): Promise<ProductPass> {
  const options = {
    rehash: plan.rehash,
    ...(plan.include === undefined ? {} : { include: plan.include }),
    ...(plan.exclude === undefined ? {} : { exclude: plan.exclude }),
  }
  const scan = await passes.startProducts(options, materials)
  const falco = plan.attestors.includes('falco')
    ? await attempt(() => captureFinding(plan, native, scan, work))
    : undefined
  const products = await scan.finish(options, work)
  return {
    products,
    falco() {
      if (falco === undefined) throw new TypeError('falco was not asked for')
      if ('thrown' in falco) throw falco.thrown
      return falco.value
    },
  }
}

type Outcome<T> = { readonly value: T } | { readonly thrown: unknown }

/** A capture that cannot be attested must not keep the other products from being digested. */
async function attempt<T>(job: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await job() }
  } catch (thrown) {
    return { thrown }
  }
}

async function captureFinding(
  plan: RunPlan,
  native: Native,
  scan: ProductScan,
  work: Work,
): Promise<Finding> {
  const spool = plan.falco.events === 'embed' ? plan.spoolDirectory : undefined
  const found =
    plan.falco.file === undefined
      ? await chosenCapture(scan, spool, work)
      : await namedCapture(plan.step.cwd, plan.falco.file, native, scan, spool, work)
  const finding = attestFalco(found.capture, { ...plan.falco, path: found.path })
  return found.warning === undefined
    ? finding
    : { ...finding, warnings: [found.warning, ...finding.warnings] }
}

interface FoundCapture {
  readonly path: string
  readonly capture: Capture
  readonly warning?: string
}

async function chosenCapture(
  scan: ProductScan,
  spool: string | undefined,
  work: Work,
): Promise<FoundCapture> {
  const files = (await scan.sniffPending(work)) as CandidateFile[]
  const { index, path } = chooseCapture(files)
  return { path, capture: await scan.ingest(index, spool, work) }
}

async function namedCapture(
  directory: string,
  file: string,
  native: Native,
  scan: ProductScan,
  spool: string | undefined,
  work: Work,
): Promise<FoundCapture> {
  const { path, absolute, inside } = namedFile(directory, file)
  const look = (await native.sniffFile(absolute)) as CaptureLook
  assertCapture({ path: file, look })
  const index = inside ? scan.find(path) : null
  if (index !== null) return { path, capture: await scan.ingest(index, spool, work) }
  const capture = await native.ingestFile(absolute, spool, work)
  return { path, capture, warning: `${file} was not written by this step` }
}
