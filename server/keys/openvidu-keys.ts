import { lockOrganization } from '../accounts/store.ts'
import { audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Db } from '../db/open.ts'
import { NotFound } from '../errors.ts'
import type { SessionCaller } from '../http/caller.ts'
import { newId, randomHex } from '../ids.ts'
import type { Vault } from '../vault.ts'
import type { GlobalWebhook } from '../webhooks/global-webhook.ts'
import { describeKey } from './key-format.ts'
import { EMPTY_KEY, type Keys } from './keys.ts'
import { findOpenViduKey, insertKey, updateKey } from './store.ts'

const PREFIX = 'ovmeet-'
const START_LENGTH = PREFIX.length + 4

interface OpenViduKey {
  key: string
  creationDate: number
}

/**
 * The one API key that OpenVidu Meet's console makes, shows and deletes (contract/parley.md 8). It leaves an encrypted
 * copy, because OpenVidu's receivers verify webhooks with it. Keys made elsewhere are not touched.
 */
export class OpenViduKeys {
  readonly #db: Db
  readonly #clock: Clock
  readonly #vault: Vault
  readonly #keys: Keys
  readonly #globalWebhook: GlobalWebhook

  constructor(options: { db: Db; clock: Clock; vault: Vault; keys: Keys; globalWebhook: GlobalWebhook }) {
    this.#db = options.db
    this.#clock = options.clock
    this.#vault = options.vault
    this.#keys = options.keys
    this.#globalWebhook = options.globalWebhook
  }

  /** At most one, masked. */
  async list(orgId: string): Promise<OpenViduKey[]> {
    const row = await findOpenViduKey(this.#db, orgId)
    return row === undefined ? [] : [{ key: `${row.start}****${row.last4}`, creationDate: row.createdAt }]
  }

  /** Makes one, which takes the place of the one before at once. Throws Conflict `key_limit_reached`. */
  async generate(caller: SessionCaller, ip: string): Promise<OpenViduKey> {
    const { key, hash, start, last4 } = describeKey(PREFIX + randomHex(32), START_LENGTH)
    const id = newId('key')
    const now = this.#clock.now()
    await this.#db.transaction().execute(async (tx) => {
      await lockOrganization(tx, caller.orgId)
      const old = await findOpenViduKey(tx, caller.orgId)
      // First, so that the new one may have its place.
      if (old !== undefined) await updateKey(tx, caller.orgId, old.id, { revokedAt: now })
      await this.#keys.refuseOneTooMany(tx, caller.orgId, 'live', now)
      await insertKey(tx, {
        ...EMPTY_KEY,
        id,
        orgId: caller.orgId,
        environment: 'live',
        name: 'OpenVidu Meet',
        hash,
        start,
        last4,
        permissions: 'read,write,admin',
        createdAt: now,
        createdBy: caller.username,
        encryptedSecret: this.#vault.seal(key, id),
        origin: 'openvidu',
      })
      if (old !== undefined)
        await this.#globalWebhook.keyReplaced(tx, caller.orgId, old.id, { id, secret: key })
      await audit(tx, now, {
        orgId: caller.orgId,
        caller,
        action: 'key.created',
        target: id,
        ip,
        details: { name: 'OpenVidu Meet', ...(old === undefined ? {} : { replaces: old.id }) },
      })
    })
    this.#keys.forgetAll()
    return { key, creationDate: now }
  }

  /** Revokes it. Throws NotFound where there is none. */
  async remove(caller: SessionCaller, ip: string): Promise<void> {
    const row = await findOpenViduKey(this.#db, caller.orgId)
    if (row === undefined)
      throw new NotFound('key_not_found', 'There is no API key', { error: 'Api Key Error' })
    await this.#keys.revoke(caller, row.id, ip)
  }
}
