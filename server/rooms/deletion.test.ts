import { describe, expect, it } from 'vitest'
import { ParleyError } from '../errors.ts'
import { decideDeletion } from './deletion.ts'

/** Every row of the matrix in contract/openvidu-meet.md 3.1. */
const MATRIX = [
  // meeting, recordings, withMeeting, withRecordings, status, code, shows the room
  [false, false, 'fail', 'fail', 200, 'room_deleted', false],
  [true, false, 'force', 'fail', 200, 'room_with_active_meeting_deleted', false],
  [true, false, 'when_meeting_ends', 'fail', 202, 'room_with_active_meeting_scheduled_to_be_deleted', true],
  [true, false, 'fail', 'force', 409, 'room_has_active_meeting', false],
  [false, true, 'fail', 'force', 200, 'room_and_recordings_deleted', false],
  [false, true, 'fail', 'close', 200, 'room_closed', true],
  [false, true, 'force', 'fail', 409, 'room_has_recordings', false],
  [true, true, 'fail', 'force', 409, 'room_with_recordings_has_active_meeting', false],
  [true, true, 'force', 'fail', 409, 'room_with_active_meeting_has_recordings', false],
  [
    true,
    true,
    'when_meeting_ends',
    'fail',
    409,
    'room_with_active_meeting_has_recordings_cannot_schedule_deletion',
    false,
  ],
  [true, true, 'force', 'force', 200, 'room_with_active_meeting_and_recordings_deleted', false],
  [true, true, 'force', 'close', 200, 'room_with_active_meeting_closed', true],
  [
    true,
    true,
    'when_meeting_ends',
    'force',
    202,
    'room_with_active_meeting_and_recordings_scheduled_to_be_deleted',
    true,
  ],
  [true, true, 'when_meeting_ends', 'close', 202, 'room_with_active_meeting_scheduled_to_be_closed', true],
] as const

describe('deleting a room', () => {
  it.each(MATRIX)(
    'meeting %s, recordings %s, withMeeting=%s, withRecordings=%s: %i %s',
    (hasMeeting, hasRecordings, withMeeting, withRecordings, status, code, showsRoom) => {
      const room = { roomId: 'daily-1', status: hasMeeting ? 'active_meeting' : 'open' } as const
      const decide = () => decideDeletion(room, hasRecordings, { withMeeting, withRecordings })
      if (status === 409) {
        expect(decide).toThrow(ParleyError)
        expect(decide).toThrow(expect.objectContaining({ code, status: 409 }))
        return
      }
      expect(decide()).toMatchObject({ status, successCode: code, showsRoom })
    },
  )
})
