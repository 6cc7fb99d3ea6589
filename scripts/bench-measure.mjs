// Times two commands in turns and gives medians, the ratio pair by pair, and our peak memory.
// Memory is the kernel's high-water mark of each process of ours, read while it runs (proc(5), VmHWM). Used by bench.mjs.

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Runs a row `runs` times after one warm-up and gives its result line. */
export async function measurePairs(row, runs) {
  const pairs = []
  for (let round = -1; round < runs; round += 1) {
    row.before?.()
    const ours = await timed(row.ours)
    const reference = await timed(row.reference)
    if (round >= 0) pairs.push({ ours, reference })
  }
  const ours = median(pairs.map(pair => pair.ours.seconds))
  const reference = median(pairs.map(pair => pair.reference.seconds))
  const ratio = median(pairs.map(pair => pair.ours.seconds / pair.reference.seconds))
  const peakMegabytes = Math.max(...pairs.map(pair => pair.ours.peakKilobytes)) / 1000
  const metTime = row.plusSeconds === undefined ? ratio <= row.goal : ours - reference <= row.plusSeconds
  return {
    name: row.name,
    ours_s: round(ours),
    reference_s: round(reference),
    reference: row.reference.slice(0, 3).join(' '),
    ...(row.plusSeconds === undefined
      ? { ratio: round(ratio), goal: row.goal }
      : { plus_s: round(ours - reference), goal_plus_s: row.plusSeconds }),
    peak_mb: Math.round(peakMegabytes),
    ...(row.memory === undefined ? {} : { goal_mb: row.memory }),
    met: metTime && peakMegabytes <= (row.memory ?? Number.POSITIVE_INFINITY),
  }
}

/** Runs a command to its end: seconds, and the high-water mark of its memory. Rejects when it fails. */
export function timed([program, ...words]) {
  return new Promise((resolve, reject) => {
    const begin = process.hrtime.bigint()
    const child = spawn(program, words, { stdio: 'ignore' })
    let peakKilobytes = 0
    const watch = setInterval(() => {
      peakKilobytes = Math.max(peakKilobytes, highWater(child.pid))
    }, 10)
    child.on('error', reject)
    child.on('exit', code => {
      clearInterval(watch)
      if (code === 0) resolve({ seconds: Number(process.hrtime.bigint() - begin) / 1e9, peakKilobytes })
      else reject(new Error(`${program} ${words.join(' ')} exited with ${code}`))
    })
  })
}

function highWater(pid) {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

export const median = numbers => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]
/** The number below which that share of the numbers lies. */
export function quantile(numbers, share) {
  const sorted = Float64Array.from(numbers).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export const round = number => Number(number.toFixed(3))
