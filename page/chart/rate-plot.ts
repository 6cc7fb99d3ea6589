// Draws a stack as bars over time with uPlot: axes, the mark under the pointer, and a stretch of time chosen by dragging.
// Owns the drawing, nothing about data. Used by the rate chart.
import uPlot from 'uplot'
import { short, tick } from '../ask/wording.ts'
import { colourOf } from './colour.ts'
import type { Stack } from './stack.ts'

/** What happens on the drawing. */
export interface PlotEvents {
  /** The bucket under the pointer, and where it is in pixels from the left; `undefined` when it left. */
  readonly point: (at: number | undefined, left: number) => void
  /** A stretch was chosen, in seconds since 1970. */
  readonly choose: (from: number, to: number) => void
}

const HEIGHT = 200
const SECOND = 1_000_000_000

/** A drawing of `stack` in `place`, as wide as it. */
export function drawRate(place: HTMLElement, stack: Stack, events: PlotEvents): uPlot {
  const starts = stack.starts.map(start => Number(start) / SECOND)
  const width = Number(stack.width) / SECOND
  const end = (starts.at(-1) ?? 0) + width
  // The highest is drawn first, the others over it.
  const layers = [...stack.layers].reverse()
  const bars = uPlot.paths.bars?.({ size: [place.clientWidth / starts.length < 4 ? 1 : 0.82, 48], align: 1 })
  const series = layers.map(({ name }) => {
    const colour = colourOf(`--${name.toLowerCase()}`)
    return {
      label: name,
      fill: colour,
      stroke: colour,
      width: 0,
      points: { show: false },
      ...(bars && { paths: bars }),
    }
  })
  return new uPlot(
    {
      width: place.clientWidth,
      height: HEIGHT,
      padding: [8, 18, 0, 0],
      legend: { show: false },
      series: [{}, ...series],
      scales: {
        x: { time: true, range: () => [starts[0] ?? 0, end] },
        y: { range: (_plot, _low, high) => [0, Math.max(4, high * 1.06)] },
      },
      axes: axes(),
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: 6 },
      },
      hooks: hooks(starts, width, events),
    },
    [starts, ...layers.map(({ tops }) => [...tops])],
    place,
  )
}

function axes(): uPlot.Axis[] {
  const common = { stroke: colourOf('--ink-3'), font: `11px ${getComputedStyle(document.body).fontFamily}` }
  const grid = { stroke: colourOf('--line'), width: 1 }
  return [
    {
      ...common,
      grid: { show: false },
      ticks: { ...grid, size: 4 },
      size: 28,
      space: 72,
      values: (_plot, splits, _axis, _space, step) => splits.map(split => tick(split, step)),
    },
    {
      ...common,
      grid,
      ticks: { show: false },
      size: 44,
      space: 44,
      incrs: [
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7,
      ],
      values: (_plot, splits) => splits.map(short),
    },
  ]
}

function hooks(starts: readonly number[], width: number, { point, choose }: PlotEvents): uPlot.Hooks.Arrays {
  return {
    setCursor: [
      plot => {
        const left = plot.cursor.left ?? -1
        if (left < 0) return point(undefined, 0)
        const at = Math.floor((plot.posToVal(left, 'x') - (starts[0] ?? 0)) / width)
        point(at >= 0 && at < starts.length ? at : undefined, left)
      },
    ],
    setSelect: [
      plot => {
        const { left, width: chosen } = plot.select
        if (chosen <= 0) return
        choose(plot.posToVal(left, 'x'), plot.posToVal(left + chosen, 'x'))
      },
    ],
  }
}
