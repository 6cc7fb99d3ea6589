// Where the materials and products of a step come from: two walks of the working directory, or what the tracer saw.
// Walks and hashes nothing; the addon does. Used by the workflow, which is told in between how tracing went.
import type { LannerError } from '../error.ts'
import type { Native, ProductScan, TraceRecord, TreeScan, Work } from '../native/native.ts'
import type { StepTracing } from './step-tracer.ts'

/** Which files take part, and how they are found. */
export interface TreeCapture {
  readonly by: 'walk' | 'trace'
  /** With `trace`: files outside of the working directory too. */
  readonly outside: boolean
  /** Whether a walk must not take the place of a trace that is not permitted. */
  readonly required: boolean
}

/** What a product is, by path. */
export interface ProductSettings {
  readonly rehash: boolean
  readonly include?: string
  readonly exclude?: string
}

/** Both passes over the files of one step. */
export class TreePasses {
  readonly #directory: string
  readonly #outside: boolean
  readonly #rehash: boolean
  readonly #native: Native
  readonly #work: Work
  #record: TraceRecord | undefined
  #failure: LannerError | undefined

  constructor(directory: string, capture: TreeCapture, rehash: boolean, native: Native, work: Work) {
    this.#directory = directory
    this.#outside = capture.outside
    this.#rehash = rehash
    this.#native = native
    this.#work = work
  }

  /**
   * Goes by what the tracer saw from here on. Without a record the directory is walked: nothing was traced because nothing ran.
   * `false` when the step ran untraced: its materials were taken before.
   */
  follow(tracing: StepTracing | undefined): boolean {
    if (tracing === undefined || tracing.traced) this.#record = tracing?.record
    // A walk now would show what the step left, not what it had.
    else if ('failure' in tracing) this.#failure = tracing.failure
    return tracing === undefined || !('refusal' in tracing)
  }

  /** How files are found now. */
  get by(): TreeCapture['by'] {
    return this.#record === undefined ? 'walk' : 'trace'
  }

  /** What the step had: all there is now, or what it read before writing it. */
  async materials(): Promise<TreeScan> {
    if (this.#failure !== undefined) throw this.#failure
    return this.#record === undefined
      ? this.#native.scanMaterials(this.#directory, { rehash: this.#rehash }, this.#work)
      : this.#record.materials(this.#outside, this.#work)
  }

  /** The pass over what the step made or changed. */
  async startProducts(settings: ProductSettings, materials: TreeScan | undefined): Promise<ProductScan> {
    if (this.#failure !== undefined) throw this.#failure
    return this.#record === undefined
      ? this.#native.startProducts(this.#directory, settings, materials, this.#work)
      : this.#record.startProducts(this.#outside, settings, materials, this.#work)
  }
}
