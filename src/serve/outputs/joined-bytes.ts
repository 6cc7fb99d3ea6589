// Texts and bytes as bytes: one, or several with something before, between and behind them. Looks into none of them.
// Used by outputs that pass alerts on as they were received, and by the HTTP client.

/** Bytes as they are, a text as UTF-8. */
export function bytesOf(piece: string | Buffer): Buffer {
  return typeof piece === 'string' ? Buffer.from(piece) : piece
}

/** `before`, the pieces with `between` between them, `behind`. */
export function joinedBytes(
  pieces: readonly (string | Buffer)[],
  { before = '', between = '', behind = '' }: { before?: string; between?: string; behind?: string },
): Buffer {
  const parts = pieces.map(bytesOf)
  const room =
    parts.reduce((sum, { length }) => sum + length, 0) +
    Buffer.byteLength(before) +
    Buffer.byteLength(between) * Math.max(0, parts.length - 1) +
    Buffer.byteLength(behind)
  const whole = Buffer.allocUnsafe(room)
  let at = whole.write(before)
  for (const [index, piece] of parts.entries()) {
    if (index > 0) at += whole.write(between, at)
    at += piece.copy(whole, at)
  }
  whole.write(behind, at)
  return whole
}
