import type { TextKey } from '../../locales/console.ts'
import type { RoomSettings } from './room.ts'
import type { NewRoom } from './rooms.ts'

export const FEATURES = ['chat', 'recording', 'virtualBackground', 'captions', 'e2ee'] as const
export type Feature = (typeof FEATURES)[number]
export const FEATURE_TEXT = {
  chat: { label: 'room.chat', hint: 'room.chatHint' },
  recording: { label: 'room.recordings', hint: 'room.recordingsHint' },
  virtualBackground: { label: 'room.virtualBackground', hint: 'room.virtualBackgroundHint' },
  captions: { label: 'room.captions', hint: 'room.captionsHint' },
  e2ee: { label: 'room.e2ee', hint: 'room.e2eeHint' },
} as const satisfies Record<Feature, { label: TextKey; hint: TextKey }>

export const LAYOUTS = ['grid', 'speaker', 'single-speaker'] as const
export type Layout = (typeof LAYOUTS)[number]
export const WAITING_ROOMS = ['off', 'guests', 'everyone'] as const satisfies RoomSettings['waitingRoom'][]

export const LINKS = ['moderator', 'speaker', 'recording', 'user'] as const

/** What the form of a new room holds beside the name. */
export interface Options {
  features: Record<Feature, boolean>
  layout: Layout
  waitingRoom: RoomSettings['waitingRoom']
  links: Record<(typeof LINKS)[number], boolean>
  isDeletedLater: boolean
  /** As `<input type="datetime-local">` writes it, in the reader's time zone. */
  deleteAt: string
  withMeeting: 'when_meeting_ends' | 'force'
  withRecordings: 'close' | 'force'
}

export const DEFAULT_OPTIONS: Options = {
  features: { chat: true, recording: true, virtualBackground: true, captions: true, e2ee: false },
  layout: 'grid',
  waitingRoom: 'off',
  links: { moderator: true, speaker: true, recording: true, user: false },
  isDeletedLater: false,
  deleteAt: '',
  withMeeting: 'when_meeting_ends',
  withRecordings: 'close',
}

/** How many options differ from the defaults, so that a closed form does not hide that. */
export function countSet(options: Options): number {
  const differing = <K extends string>(now: Record<K, boolean>, usual: Record<K, boolean>) =>
    (Object.keys(usual) as K[]).filter((name) => now[name] !== usual[name]).length
  return (
    differing(options.features, DEFAULT_OPTIONS.features) +
    differing(options.links, DEFAULT_OPTIONS.links) +
    Number(options.layout !== DEFAULT_OPTIONS.layout && hasRecording(options)) +
    Number(options.waitingRoom !== DEFAULT_OPTIONS.waitingRoom) +
    Number(options.isDeletedLater)
  )
}

/** End-to-end encryption rules recording out. */
export const hasRecording = ({ features }: Options): boolean => features.recording && !features.e2ee

const HOUR_MS = 3_600_000

/** What is wrong with the date, before anything is sent. */
export function deletionFault(
  options: Options,
  now: number,
): 'rooms.autoDeleteMissing' | 'rooms.autoDeleteSoon' | null {
  if (!options.isDeletedLater) return null
  const at = new Date(options.deleteAt).getTime()
  if (Number.isNaN(at)) return 'rooms.autoDeleteMissing'
  return at < now + HOUR_MS ? 'rooms.autoDeleteSoon' : null
}

/** The request for a new room: only what differs from the server's own defaults, in whole sections. */
export function roomFrom(roomName: string, options: Options): NewRoom {
  if (countSet(options) === 0) return { roomName }
  const { features, links } = options
  const on = (enabled: boolean) => ({ enabled })
  return {
    roomName,
    config: {
      chat: on(features.chat),
      recording: { enabled: hasRecording(options), layout: options.layout },
      virtualBackground: on(features.virtualBackground),
      captions: on(features.captions),
      e2ee: on(features.e2ee),
    },
    access: {
      anonymous: {
        moderator: on(links.moderator),
        speaker: on(links.speaker),
        recording: on(links.recording),
      },
      user: on(links.user),
    },
    settings: { waitingRoom: options.waitingRoom },
    ...(options.isDeletedLater && {
      autoDeletionDate: new Date(options.deleteAt).getTime(),
      autoDeletionPolicy: { withMeeting: options.withMeeting, withRecordings: options.withRecordings },
    }),
  }
}

/** A moment as `<input type="datetime-local">` takes it. */
export function localInput(at: number): string {
  const date = new Date(at)
  return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
