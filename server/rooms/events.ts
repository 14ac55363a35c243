import { type Config, ownUrl } from '../config.ts'
import type { Db } from '../db/open.ts'
import { emit, type EventName } from '../webhooks/outbox.ts'
import type { RoomRow } from './store.ts'
import { viewRoom } from './view.ts'

/** Puts an event about a room into the outbox, with the whole room as GET shows it; give the change's transaction. */
export async function emitRoomEvent(
  tx: Db,
  config: Config,
  at: number,
  event: EventName,
  room: RoomRow,
): Promise<void> {
  const data = viewRoom(room, {
    baseUrl: ownUrl(config),
    extraFields: ['config', 'roles'],
    permissionNames: config.compatibility.permissionNames,
  })
  await emit(tx, at, { orgId: room.orgId, environment: room.environment, roomId: room.roomId, event, data })
}
