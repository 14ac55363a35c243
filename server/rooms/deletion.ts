import type { z } from 'zod'
import type { CodeOf } from '../error-codes.ts'
import { Conflict } from '../errors.ts'
import type { DeletePolicies } from './schema.ts'
import type { RoomRow } from './store.ts'

export type Policies = Pick<z.output<typeof DeletePolicies>, 'withMeeting' | 'withRecordings'>

interface Decision {
  status: 200 | 202
  successCode: string
  message: string
  endsMeeting: boolean
  showsRoom: boolean
  change: 'gone' | Partial<Pick<RoomRow, 'status' | 'meetingEndAction'>>
}

/** The deletion matrix, contract/openvidu-meet.md 3.1. Throws Conflict with its codes. */
export function decideDeletion(
  row: Pick<RoomRow, 'roomId' | 'status'>,
  hasRecordings: boolean,
  { withMeeting, withRecordings }: Policies,
): Decision {
  const room = `Room '${row.roomId}'`
  const refuse = (code: CodeOf<409>, message: string): never => {
    throw new Conflict(code, message, { error: code, exact: true })
  }
  const decide = (
    successCode: string,
    message: string,
    rest: Partial<Decision> & Pick<Decision, 'change'>,
  ): Decision => ({ status: 200, successCode, message, endsMeeting: false, showsRoom: false, ...rest })

  if (row.status !== 'active_meeting') {
    if (!hasRecordings) return decide('room_deleted', `${room} deleted successfully`, { change: 'gone' })
    if (withRecordings === 'force')
      return decide('room_and_recordings_deleted', `${room} and its recordings deleted successfully`, {
        change: 'gone',
      })
    if (withRecordings === 'close')
      return decide('room_closed', `${room} has been closed instead of deleted because it has recordings`, {
        change: { status: 'closed', meetingEndAction: 'none' },
        showsRoom: true,
      })
    return refuse('room_has_recordings', `${room} cannot be deleted because it has recordings`)
  }
  if (withMeeting === 'fail')
    return refuse(
      hasRecordings ? 'room_with_recordings_has_active_meeting' : 'room_has_active_meeting',
      `${room} cannot be deleted because it has an active meeting`,
    )
  const isForced = withMeeting === 'force'
  if (hasRecordings && withRecordings === 'fail')
    return refuse(
      isForced
        ? 'room_with_active_meeting_has_recordings'
        : 'room_with_active_meeting_has_recordings_cannot_schedule_deletion',
      `${room} cannot be deleted because it has recordings`,
    )
  const isClosed = hasRecordings && withRecordings === 'close'
  const change = { meetingEndAction: isClosed ? 'close' : 'delete' } as const
  if (isForced) {
    if (isClosed)
      return decide(
        'room_with_active_meeting_closed',
        `${room} has been closed and its meeting ended, because it has recordings`,
        {
          change,
          endsMeeting: true,
          showsRoom: true,
        },
      )
    return decide(
      hasRecordings ? 'room_with_active_meeting_and_recordings_deleted' : 'room_with_active_meeting_deleted',
      `${room} deleted and its meeting ended`,
      { change, endsMeeting: true },
    )
  }
  const code = isClosed
    ? 'room_with_active_meeting_scheduled_to_be_closed'
    : hasRecordings
      ? 'room_with_active_meeting_and_recordings_scheduled_to_be_deleted'
      : 'room_with_active_meeting_scheduled_to_be_deleted'
  return decide(code, `${room} will be ${isClosed ? 'closed' : 'deleted'} when its meeting ends`, {
    status: 202,
    change,
    showsRoom: true,
  })
}
