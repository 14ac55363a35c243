import { listAdminEmails } from '../accounts/user-store.ts'
import { type Config, ownUrl } from '../config.ts'
import type { Db } from '../db/open.ts'
import { webhookDisabledMail } from '../mail/messages.ts'
import type { Invitations } from '../scheduled/invitations.ts'
import type { WebhookRow } from './store.ts'

/** Why Parley disables a webhook by itself: its receiver wants nothing more, or has taken nothing for too long. */
export type DisabledBecause = 'gone' | 'failing'

/** Tells an organization's admins by mail that a webhook was disabled: written with the change, sent after it. */
export class DisabledNotice {
  readonly #config: Config
  readonly #mail: Invitations

  constructor(options: { config: Config; mail: Invitations }) {
    this.#config = options.config
    this.#mail = options.mail
  }

  async queue(tx: Db, row: WebhookRow, reason: DisabledBecause, fault: string | null): Promise<void> {
    const url = `${ownUrl(this.#config)}/embedded?webhook=${row.id}`
    await this.#mail.queueNotice(tx, {
      orgId: row.orgId,
      about: row.id,
      to: await listAdminEmails(tx, row.orgId),
      ...webhookDisabledMail({ address: row.url, reason, fault, url }),
    })
  }

  /** Call it when the change is made. What cannot be sent now is tried again. */
  send(): void {
    void this.#mail.flush()
  }
}
