// Carries one output stream of a step to its recorder and on to a stream of ours, no faster than that takes it.
// A stream of ours that breaks stops being written to; recording goes on. Used by `step.ts`.
import type { Readable, Writable } from 'node:stream'
import type { OutputRecorder } from './output-recorder.ts'

/** A stream on its way. */
export interface OutputDrain {
  /** Resolves to whether the end of the stream was seen; never rejects. */
  readonly done: Promise<boolean>
  /** Milliseconds we have waited for our own stream to take what the step wrote. */
  readonly blockedFor: () => number
  /** Stops reading: what still comes is lost. */
  readonly close: () => void
}

/** Starts to carry `source` to `recorder` and, while it works, to `sink`. */
export function drainOutput(
  source: Readable,
  recorder: OutputRecorder,
  sink: Writable | undefined,
): OutputDrain {
  const forwarder = new Forwarder(sink)
  const carry = async (): Promise<boolean> => {
    try {
      for await (const chunk of source) {
        recorder.take(chunk)
        await forwarder.write(chunk)
      }
      return true
    } catch {
      // `close` was called, or the pipe broke: either way the end was not seen.
      return false
    } finally {
      forwarder.release()
    }
  }
  return { done: carry(), blockedFor: () => forwarder.blockedFor(), close: () => source.destroy() }
}

/** Writes to a stream until it breaks. */
class Forwarder {
  #sink: Writable | undefined
  #broken = false
  #blocked = 0
  #blockedSince: number | undefined

  constructor(sink: Writable | undefined) {
    this.#sink = sink
    sink?.on('error', this.#onError)
  }

  /** Resolves when the bytes are taken, or when it is clear that they never will be. */
  async write(chunk: Buffer): Promise<void> {
    const sink = this.#sink
    if (sink === undefined || this.#broken || sink.destroyed || !sink.writable) return
    this.#blockedSince = performance.now()
    await new Promise<void>(resolve => {
      sink.write(chunk, error => {
        if (error) this.#broken = true
        resolve()
      })
    })
    this.#blocked = this.blockedFor()
    this.#blockedSince = undefined
  }

  blockedFor(): number {
    return this.#blocked + (this.#blockedSince === undefined ? 0 : performance.now() - this.#blockedSince)
  }

  release(): void {
    // The `error` event of a failed write comes after its callback. Without a listener it would end the process.
    if (!this.#broken) this.#sink?.off('error', this.#onError)
    this.#sink = undefined
  }

  readonly #onError = (): void => {
    this.#broken = true
  }
}
