import { expect, test } from 'vitest'
import { deletionText, questionsFor } from './deletion.ts'

test('several refusals ask everything that any of them needs', () => {
  expect(questionsFor(['room_has_active_meeting'])).toEqual({ meeting: true, recordings: false })
  expect(questionsFor(['room_has_active_meeting', 'room_has_recordings'])).toEqual({
    meeting: true,
    recordings: true,
  })
})

test('a refusal without a remedy asks nothing', () => {
  expect(questionsFor(['room_has_recordings', 'Room Error'])).toBeNull()
  expect(questionsFor([])).toBeNull()
})

test.each([
  ['room_deleted', 'rooms.deleted'],
  ['room_with_active_meeting_and_recordings_deleted', 'rooms.deleted'],
  ['room_with_active_meeting_scheduled_to_be_deleted', 'rooms.scheduledDelete'],
  ['room_with_active_meeting_scheduled_to_be_closed', 'rooms.scheduledClose'],
  ['room_with_active_meeting_closed', 'rooms.closedKept'],
  ['room_closed', 'rooms.closedKept'],
])('%s is told as %s', (code, text) => {
  expect(deletionText(code)).toBe(text)
})
