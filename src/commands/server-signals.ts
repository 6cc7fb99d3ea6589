// Which signals end a server, and which make it read its configuration again.
// Opens and closes nothing itself. Used by `serve` and `serve demo`.
import type { Server } from '../serve/server.ts'

/** Resolves once a signal has stopped the server: a first one with patience, a second at once. */
export function untilStopped(server: Server, patience: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let told = false
    const onStop = (): void => {
      if (told) server.hurry()
      else server.stop(patience).then(resolve, reject)
      told = true
    }
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onStop)
    process.on('SIGHUP', () => void server.reload())
  })
}
