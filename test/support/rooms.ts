import type { TestParley } from './parley.ts'
import type { RoomAnswer } from './site.ts'

/** Makes a room with the tests' own key, or with `key`, and says what went wrong where none is made. */
export async function createRoom(parley: TestParley, body: object = {}, key?: string): Promise<RoomAnswer> {
  const options = key === undefined ? { body } : { body, key }
  const { status, body: room } = await parley.call('POST /api/v1/rooms', options)
  if (status !== 201) throw new Error(`no room: ${status} ${JSON.stringify(room)}`)
  return room
}
