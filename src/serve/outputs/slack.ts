// Posts to Slack's incoming webhooks. Texts of alerts are escaped, so that none of them can mention a channel or hide a link.
// Owns what is Slack's alone. Loaded by `registry.ts`.
import {
  type AttachmentConfig,
  attachmentSchema,
  escapeAngles,
  openAttachments,
} from './attachment-message.ts'
import type { Opening } from './opening.ts'
import type { Output } from './output.ts'

/** Options of `type: slack`. */
export const slackSchema = attachmentSchema('slack')

/** Slack takes 100 and advises against more than 20. */
const ATTACHMENTS = 20

/** Opens it. */
export function openSlack(config: AttachmentConfig, opening: Opening): Promise<Output> {
  return openAttachments(config, opening, {
    literal: escapeAngles,
    attachments: ATTACHMENTS,
    emoji: 'icon_emoji',
  })
}
