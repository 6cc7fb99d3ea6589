// Pieces of bytes as one, with something before, between and behind them. Looks into none of them.
// Used by outputs that pass alerts on as they were received.

/** `before`, the pieces with `between` between them, `behind`. */
export function joinedBytes(
  pieces: readonly Buffer[],
  { before = '', between = '', behind = '' }: { before?: string; between?: string; behind?: string },
): Buffer {
  const room =
    pieces.reduce((sum, { length }) => sum + length, 0) +
    Buffer.byteLength(before) +
    Buffer.byteLength(between) * Math.max(0, pieces.length - 1) +
    Buffer.byteLength(behind)
  const whole = Buffer.allocUnsafe(room)
  let at = whole.write(before)
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) at += whole.write(between, at)
    at += piece.copy(whole, at)
  }
  whole.write(behind, at)
  return whole
}
