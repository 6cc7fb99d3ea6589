// Command lines as a person would type them to a shell.
// Runs nothing. Used by the renderers in this folder.

/** One word, quoted where a shell would take it apart. */
export function shellWord(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

/** Words as one line, without anything that a terminal would obey: an argument can hold any byte. */
export function commandLine(words: readonly string[]): string {
  return harmless(words.map(shellWord).join(' '))
}

/** Text from a step, its control characters (C0, C1) and bidirectional marks made visible. */
export function harmless(text: string): string {
  return text.replaceAll(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, character =>
    character === '\n' ? String.raw`\n` : `\\u{${character.codePointAt(0)?.toString(16)}}`,
  )
}
