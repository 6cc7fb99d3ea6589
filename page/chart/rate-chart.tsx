// Alerts over time by priority: the drawing, what is under the pointer, and the same as words and as a table.
// Dragging chooses a stretch of time. Used by the overview and above search results.
import type { JSX } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type uPlot from 'uplot'
import type { HistogramAnswer } from '../../src/serve/api/answers.ts'
import { moment, whole } from '../ask/wording.ts'
import { Priority } from '../part/priority.tsx'
import { themeChanged } from '../part/theme-button.tsx'
import { drawRate } from './rate-plot.ts'
import { described, type Stack, stackOf } from './stack.ts'

/** See the file. */
export interface RateParts {
  readonly histogram: HistogramAnswer
  /** A stretch was chosen: nanoseconds since 1970. */
  readonly choose: (from: bigint, to: bigint) => void
}

interface Pointed {
  readonly at: number
  readonly left: number
}

/** See the file. */
export function RateChart({ histogram, choose }: RateParts): JSX.Element {
  const stack = useMemo(() => stackOf(histogram), [histogram])
  const place = useRef<HTMLDivElement>(null)
  const [pointed, setPointed] = useState<Pointed>()
  const chooseNow = useRef(choose)
  chooseNow.current = choose
  useEffect(() => {
    const box = place.current
    if (box === null) return
    const draw = (): uPlot =>
      drawRate(box, stack, {
        point: (at, left) => setPointed(at === undefined ? undefined : { at, left }),
        choose: (from, to) => chooseNow.current(nanoseconds(from), nanoseconds(to)),
      })
    let plot = draw()
    const resized = new ResizeObserver(() => {
      if (box.clientWidth > 0 && box.clientWidth !== plot.width)
        plot.setSize({ width: box.clientWidth, height: plot.height })
    })
    resized.observe(box)
    const redraw = (): void => {
      plot.destroy()
      plot = draw()
    }
    themeChanged.addEventListener('changed', redraw)
    return () => {
      themeChanged.removeEventListener('changed', redraw)
      resized.disconnect()
      plot.destroy()
    }
  }, [stack])
  return (
    <figure class="rate">
      <div class="rate-plot" role="img" aria-label={described(stack)} ref={place}>
        {pointed !== undefined && (
          <Tip stack={stack} pointed={pointed} width={place.current?.clientWidth ?? 0} />
        )}
      </div>
      <details class="rate-table">
        <summary>Show as a table</summary>
        <RateTable stack={stack} />
      </details>
    </figure>
  )
}

function nanoseconds(seconds: number): bigint {
  return BigInt(Math.round(seconds * 1000)) * 1_000_000n
}

interface TipParts {
  readonly stack: Stack
  readonly pointed: Pointed
  readonly width: number
}

const AXIS = 44
const TIP = 200

function Tip({ stack, pointed: { at, left }, width }: TipParts): JSX.Element | null {
  const start = stack.starts[at]
  if (start === undefined) return null
  const right = left + AXIS + 12 + TIP > width
  const layers = stack.layers.filter(({ counts }) => (counts[at] ?? 0) > 0)
  const fine = stack.width < 60_000_000_000n
  return (
    <div
      class="tip"
      aria-hidden="true"
      style={{ left: `${right ? left + AXIS - 12 - TIP : left + AXIS + 12}px` }}
    >
      <strong>
        {moment(start, fine)} –{' '}
        {moment(start + stack.width, fine)
          .split(' ')
          .at(-1)}
      </strong>
      {layers.map(({ name, counts }) => (
        <div key={name}>
          <Priority name={name} />
          <span>{whole(counts[at] ?? 0)}</span>
        </div>
      ))}
      <div class="tip-sum">
        <span>All</span>
        <span>{whole(stack.totals[at] ?? 0)}</span>
      </div>
    </div>
  )
}

function RateTable({ stack }: { readonly stack: Stack }): JSX.Element {
  const rows = stack.starts
    .map((start, at) => ({ start, at }))
    .filter(({ at }) => (stack.totals[at] ?? 0) > 0)
  return (
    <div class="table-scroll">
      <table class="plain-table">
        <caption class="unseen">Alerts over time by priority</caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            {stack.layers.map(({ name }) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
            <th scope="col">All</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ start, at }) => (
            <tr key={at}>
              <th scope="row">{moment(start, true)}</th>
              {stack.layers.map(({ name, counts }) => (
                <td key={name}>{whole(counts[at] ?? 0)}</td>
              ))}
              <td>{whole(stack.totals[at] ?? 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
