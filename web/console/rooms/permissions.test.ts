import { expect, test } from 'vitest'
import { DEFAULT_ROLES, PERMISSIONS } from '../../../server/rooms/permissions.ts'
import { ABILITIES, abilitiesIn, phrasesOf, withOverride } from './permissions.ts'

test('every permission of the server has its place in the table', () => {
  expect(Object.values(ABILITIES).flat().sort()).toEqual([...PERMISSIONS].sort())
})

test('two abilities that belong together are one phrase, unless only one of them is held', () => {
  const speaker = DEFAULT_ROLES.speaker.permissions
  expect(phrasesOf(speaker)).toEqual({
    can: [
      'meetingJoin',
      'mediaPublishAudio',
      'mediaPublishVideo',
      'mediaShareScreen',
      'mediaChangeVirtualBackground',
      'chat',
      'watch',
      'recordingDownload',
    ],
    cannot: [
      'roomShareAccessLinks',
      'participantPromote',
      'participantKick',
      'meetingEnd',
      'recordingControl',
      'recordingDelete',
    ],
  })
  const silent = phrasesOf({ ...speaker, chatWrite: false })
  expect(silent.can).toContain('chatRead')
  expect(silent.cannot).toContain('chatWrite')
  expect(phrasesOf(DEFAULT_ROLES.moderator.permissions).cannot).toEqual([])
})

test('who may not join is not told what they could do in a meeting', () => {
  const { can, cannot } = phrasesOf({ ...DEFAULT_ROLES.speaker.permissions, meetingJoin: false })
  expect(can).toEqual(['watch', 'recordingDownload'])
  expect(cannot).toEqual(['meetingJoin', 'recordingControl', 'recordingDelete'])
})

test("a member's own abilities are those that differ from the role", () => {
  const role = DEFAULT_ROLES.speaker.permissions
  const recorder = withOverride({}, role, 'recordingControl', true)
  expect(recorder).toEqual({ recordingControl: true })
  expect(withOverride(recorder, role, 'recordingControl', false)).toEqual({})
  expect(withOverride({ chatRead: true }, role, 'chatWrite', false)).toEqual({
    chatRead: true,
    chatWrite: false,
  })
  expect(abilitiesIn({ canRecord: true, recordingControl: true, chatRead: undefined })).toEqual({
    recordingControl: true,
  })
})
