// Posts to Rocket.Chat's incoming webhooks; alerts may not mention anybody by what they say.
// Owns what is Rocket.Chat's alone. Loaded by `registry.ts`.
import { type AttachmentConfig, attachmentSchema, openAttachments } from './attachment-message.ts'
import { escapeMarkdown } from './markdown.ts'
import type { Opening } from './opening.ts'
import type { Output } from './output.ts'

/** Options of `type: rocketchat`. */
export const rocketchatSchema = attachmentSchema('rocketchat')

/** Opens it. */
export function openRocketchat(config: AttachmentConfig, opening: Opening): Promise<Output> {
  return openAttachments(config, opening, { literal: escapeMarkdown, attachments: 20, emoji: 'emoji' })
}
