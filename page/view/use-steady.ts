// Holds on to the parameters of a question: "the last hour" must not become another hour whenever something is drawn.
import { useRef } from 'preact/hooks'

type Parameters = Readonly<Record<string, string>>

/** The parameters made when the question, or the round, was new. */
export function useSteady(question: string, round: number, parameters: Parameters): Parameters {
  const held = useRef<{ readonly key: string; readonly parameters: Parameters } | undefined>(undefined)
  const key = `${question} ${round}`
  if (held.current?.key !== key) held.current = { key, parameters }
  return held.current.parameters
}
