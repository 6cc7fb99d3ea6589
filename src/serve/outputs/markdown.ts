// Writes text so that a reader of Markdown shows it as it is: no link, no mention, no emphasis comes out of an alert.
// Makes no Markdown. Used by outputs whose receivers read it.

/** Word joiner: keeps `@channel` readable, and makes it another word than a mention. */
const JOINER = '\u2060'

/** `text` with a backslash before each character that could begin something, and mentions defused. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\*_~`|<>[\]#]/g, '\\$&').replace(/@(?=\w)/g, `@${JOINER}`)
}
