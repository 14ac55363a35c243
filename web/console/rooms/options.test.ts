import { expect, test } from 'vitest'
import { DEFAULT_CONFIG } from '../../../server/rooms/config-schema.ts'
import { CreateRoom, DEFAULT_ACCESS, DEFAULT_SETTINGS } from '../../../server/rooms/schema.ts'
import { countSet, DEFAULT_OPTIONS, deletionFault, localInput, roomFrom } from './options.ts'

test("the form begins with the server's defaults", () => {
  const { features, links, layout, waitingRoom } = DEFAULT_OPTIONS
  for (const [name, isOn] of Object.entries(features))
    expect(DEFAULT_CONFIG[name as keyof typeof features].enabled, name).toBe(isOn)
  expect(links).toEqual(DEFAULT_ACCESS)
  expect(layout).toBe(DEFAULT_CONFIG.recording.layout)
  expect(waitingRoom).toBe(DEFAULT_SETTINGS.waitingRoom)
  expect(roomFrom('Daily', DEFAULT_OPTIONS)).toEqual({ roomName: 'Daily' })
})

test('what is set is counted and sent as the server takes it', () => {
  const options = {
    ...DEFAULT_OPTIONS,
    features: { ...DEFAULT_OPTIONS.features, e2ee: true },
    layout: 'speaker' as const,
    links: { ...DEFAULT_OPTIONS.links, speaker: false },
    isDeletedLater: true,
    deleteAt: localInput(Date.now() + 2 * 3_600_000),
  }
  // The layout does not count while there is no recording.
  expect(countSet(options)).toBe(3)
  const body = roomFrom('Secret', options)
  expect(CreateRoom.parse(body)).toMatchObject({
    config: { e2ee: { enabled: true }, recording: { enabled: false } },
    access: { anonymous: { speaker: { enabled: false } } },
    autoDeletionPolicy: { withMeeting: 'when_meeting_ends', withRecordings: 'close' },
  })
})

test('a date that is missing or too near is found before it is sent', () => {
  const now = Date.now()
  const at = (deleteAt: string) => deletionFault({ ...DEFAULT_OPTIONS, isDeletedLater: true, deleteAt }, now)
  expect(at('')).toBe('rooms.autoDeleteMissing')
  expect(at(localInput(now + 1_800_000))).toBe('rooms.autoDeleteSoon')
  expect(at(localInput(now + 7_200_000))).toBeNull()
  expect(deletionFault(DEFAULT_OPTIONS, now)).toBeNull()
})
