// Posts to Mattermost's incoming webhooks, which read Markdown in attachments: what alerts say is escaped.
// Owns what is Mattermost's alone. Loaded by `registry.ts`.
import { type AttachmentConfig, attachmentSchema, openAttachments } from './attachment-message.ts'
import { escapeMarkdown } from './markdown.ts'
import type { Opening } from './opening.ts'
import type { Output } from './output.ts'

/** Options of `type: mattermost`. */
export const mattermostSchema = attachmentSchema('mattermost')

/** Opens it. */
export function openMattermost(config: AttachmentConfig, opening: Opening): Promise<Output> {
  return openAttachments(config, opening, { literal: escapeMarkdown, attachments: 20, emoji: 'icon_emoji' })
}
