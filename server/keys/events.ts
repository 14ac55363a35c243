import type { Db } from '../db/open.ts'
import { emit } from '../webhooks/outbox.ts'
import type { KeyView } from './schema.ts'

/** Puts an event about a key into the outbox; give the change's transaction. */
export async function emitKeyEvent(
  tx: Db,
  at: number,
  event: 'keyCreated' | 'keyRotated' | 'keyRevoked',
  orgId: string,
  key: KeyView,
): Promise<void> {
  // PHP receivers read an empty object as an empty list, and then find the signature wrong.
  const hasLimits = key.rateLimits !== null && Object.keys(key.rateLimits).length > 0
  const data = hasLimits ? key : { ...key, rateLimits: null }
  await emit(tx, at, { orgId, environment: key.environment, roomId: null, event, data })
}
