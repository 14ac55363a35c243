/*
 * What a page that embeds a meeting can set, ask and hear, and the one place where it is said: the element, its
 * types, the React component, the bridge inside the meeting page and docs/embedding.md are made from this.
 * Names and meaning of the deprecated ones: contract of OpenVidu Meet 3.x.
 */

/** Words that stand for one of several. */
export const unions = {
  Phase: ['lobby', 'joining', 'connected', 'reconnecting', 'ended'],
  Role: ['owner', 'admin', 'moderator', 'other'],
  Layout: ['auto', 'grid', 'speaker', 'sidebar'],
  Panel: ['chat', 'participants'],
  Source: ['microphone', 'camera', 'screen', 'screenAudio'],
  Stoppable: ['microphone', 'camera', 'screen'],
  Lockable: ['microphone', 'camera', 'screen', 'chat'],
  Reaction: ['like', 'applause', 'heart', 'laugh', 'surprise', 'celebrate'],
  DeviceKind: ['microphone', 'camera', 'speaker'],
  FaultyDevice: ['microphone', 'camera', 'screen'],
  DeviceFault: ['denied', 'dismissed', 'system', 'policy', 'missing', 'busy', 'insecure', 'failed'],
  CommandFault: ['not_permitted', 'not_connected', 'invalid_payload', 'failed'],
  LeftReason: [
    'voluntary_leave',
    'network_disconnect',
    'server_shutdown',
    'participant_kicked',
    'meeting_ended',
    'meeting_ended_by_self',
    'duplicate_identity',
    'unknown',
  ],
} as const

/** Objects within payloads and details. */
export const shapes = {
  Participant: {
    identity: { type: 'string', about: 'Identity in the meeting' },
    name: { type: 'string', about: 'Name shown to others' },
    isLocal: { type: 'boolean', about: 'Whether it is this person' },
    isMicrophoneOn: { type: 'boolean', about: 'Can be heard' },
    isCameraOn: { type: 'boolean', about: 'Can be seen' },
    isSharing: { type: 'boolean', about: 'Shares a screen' },
    isHandRaised: { type: 'boolean', about: 'Wants to speak' },
  },
  Device: {
    kind: { type: 'DeviceKind', about: 'What it is' },
    id: { type: 'string', about: 'For `deviceSelect`' },
    label: { type: 'string', about: 'As the browser names it; empty until it is allowed' },
    isChosen: { type: 'boolean', about: 'Picked by this person' },
  },
  ChatMessage: {
    id: { type: 'string', about: 'Id of the message' },
    participantIdentity: { type: 'string', about: 'Who wrote it' },
    name: { type: 'string', about: 'Their name' },
    text: { type: 'string', about: 'Plain text' },
    sentAt: { type: 'number', about: 'Milliseconds since 1970' },
  },
  Theme: {
    accent: { type: 'string', about: 'CSS colour of buttons and links', optional: true },
    background: { type: 'string', about: 'CSS colour behind everything', optional: true },
    surface: { type: 'string', about: 'CSS colour of bars, panels and tiles', optional: true },
    text: { type: 'string', about: 'CSS colour of text', optional: true },
    radius: { type: 'string', about: 'Roundness of tiles and cards, a CSS length', optional: true },
  },
  Locks: {
    microphone: { type: 'boolean', about: 'Only moderators may speak' },
    camera: { type: 'boolean', about: 'Only moderators may be seen' },
    screen: { type: 'boolean', about: 'Only moderators may share' },
    chat: { type: 'boolean', about: 'Only moderators may write' },
  },
} as const

type Unions = { [U in keyof typeof unions]: (typeof unions)[U][number] }
type Shapes = { [S in keyof typeof shapes]: ValuesOf<(typeof shapes)[S]> }
interface Primitives {
  string: string
  boolean: boolean
  number: number
  'string | null': string | null
  'string[]': string[]
}
type Lists = { [S in keyof Shapes as `${S}[]`]: Shapes[S][] }
/** How the types of fields are written, and what they are here. */
export type TypesByName = Primitives & Unions & Shapes & Lists

export type LeftReason = Unions['LeftReason']
export type Participant = Shapes['Participant']
export type Device = Shapes['Device']
/** What is left out stays as it is, an empty string takes it back. */
export type Theme = Shapes['Theme']

/** The same for people and for the declarations: a field's type and what it is. */
export interface Field {
  type: keyof Primitives | keyof typeof unions | keyof typeof shapes | `${keyof typeof shapes}[]`
  about: string
  optional?: true
}
export type Fields = Readonly<Record<string, Field>>

interface Attribute {
  type: 'string' | 'boolean'
  about: string
}
interface Command {
  about: string
  payload: Fields
  /** OpenVidu Meet's older name for the same. */
  deprecated?: string
  /** What it takes: `anywhere` works in the lobby, too; a permission includes being in the meeting. */
  needs:
    | 'anywhere'
    | 'lobby'
    | 'meeting'
    | 'meetingEnd'
    | 'participantKick'
    | 'participantPromote'
    | 'chatWrite'
    | 'recordingControl'
}
interface Query {
  about: string
  answer: Fields | { type: Field['type'] }
}
interface EventKind {
  about: string
  /** Null: the detail is null, too. */
  detail: Fields | null
  deprecated?: string
}

const identity = { type: 'string', about: 'Identity of the participant' } as const
const stoppable = { type: 'Stoppable', about: '`microphone` unless said otherwise', optional: true } as const

export const attributes = {
  'room-url': { type: 'string', about: 'A room link. Needed unless `recording-url` is given' },
  'recording-url': { type: 'string', about: 'A recording link: shows the recording instead of a meeting' },
  'participant-name': { type: 'string', about: 'Name that the lobby suggests' },
  'e2ee-key': {
    type: 'string',
    about:
      'Key of an end-to-end encrypted room. Never sent to any server. Not used yet: the call does not encrypt end to end',
  },
  'leave-redirect-url': {
    type: 'string',
    about:
      'Where your page goes after `meetingClosed`: an absolute link, or a `/path` of the origin of your page',
  },
  'show-only-recordings': { type: 'boolean', about: "Shows the room's recordings instead of the lobby" },
  'show-recording': { type: 'string', about: 'Id of a recording of the room to show instead of the lobby' },
  language: { type: 'string', about: 'Language of the meeting, such as `de`. Otherwise that of the browser' },
  accent: {
    type: 'string',
    about: 'Colour of buttons and links. Same as the CSS variable `--parley-accent`',
  },
  background: { type: 'string', about: 'Colour behind everything. Same as `--parley-background`' },
  surface: { type: 'string', about: 'Colour of bars, panels and tiles. Same as `--parley-surface`' },
  text: { type: 'string', about: 'Colour of text. Same as `--parley-text`' },
  radius: { type: 'string', about: 'Roundness of tiles and cards, such as `4px`. Same as `--parley-radius`' },
} as const satisfies Record<string, Attribute>

export const commands = {
  meetingLeave: { about: 'Leave the meeting', payload: {}, deprecated: 'leaveRoom', needs: 'meeting' },
  meetingEnd: {
    about: 'End the meeting for everybody',
    payload: {},
    deprecated: 'endMeeting',
    needs: 'meetingEnd',
  },
  participantKick: {
    about: 'Remove a participant',
    payload: { participantIdentity: identity },
    deprecated: 'kickParticipant',
    needs: 'participantKick',
  },
  meetingJoin: {
    about: 'Join from the lobby or the last screen without a click',
    payload: {
      participantName: { type: 'string', about: 'Instead of the name that the lobby shows', optional: true },
    },
    needs: 'lobby',
  },
  participantNameSet: {
    about: 'Change the name in the lobby',
    payload: { participantName: { type: 'string', about: 'The name' } },
    needs: 'lobby',
  },
  participantPromote: {
    about: 'Make a participant moderator',
    payload: { participantIdentity: identity },
    needs: 'participantPromote',
  },
  participantDemote: {
    about: "Take a participant's moderator role back",
    payload: { participantIdentity: identity },
    needs: 'participantPromote',
  },
  participantMute: {
    about: "Switch a participant's microphone, camera or share off; they can switch it on again",
    payload: { participantIdentity: identity, source: stoppable },
    needs: 'participantKick',
  },
  participantMuteAll: {
    about: 'Mute everybody but oneself',
    payload: {},
    needs: 'participantKick',
  },
  participantAsk: {
    about: 'Ask a participant to switch their microphone, camera or share on; they decide',
    payload: { participantIdentity: identity, source: stoppable },
    needs: 'participantKick',
  },
  participantSpotlight: {
    about: 'Keep a participant large for everybody; without an identity nobody is',
    payload: { participantIdentity: { ...identity, optional: true } },
    needs: 'participantPromote',
  },
  lockSet: {
    about: 'What participants who are no moderators may not do, or may do again',
    payload: {
      lock: { type: 'Lockable', about: 'What' },
      isLocked: { type: 'boolean', about: 'Whether it is kept to moderators' },
    },
    needs: 'participantKick',
  },
  handRaise: { about: "Raise this person's hand", payload: {}, needs: 'meeting' },
  handLower: {
    about: "Lower this person's hand; with an identity that of another, which needs `participantPromote`",
    payload: { participantIdentity: { ...identity, optional: true } },
    needs: 'meeting',
  },
  reactionSend: {
    about: 'Show everybody a reaction of this person',
    payload: { reaction: { type: 'Reaction', about: 'Which one' } },
    needs: 'meeting',
  },
  recordingStart: { about: 'Record the meeting', payload: {}, needs: 'recordingControl' },
  recordingStop: { about: 'Stop the recording', payload: {}, needs: 'recordingControl' },
  participantPin: {
    about: 'Keep a participant large, for this person only',
    payload: {
      participantIdentity: identity,
      source: { type: 'Source', about: '`camera` (default) or `screen`', optional: true },
    },
    needs: 'meeting',
  },
  participantUnpin: { about: 'Let the pinned participant go', payload: {}, needs: 'meeting' },
  participantVolume: {
    about: 'How loud this person hears a participant',
    payload: { participantIdentity: identity, volume: { type: 'number', about: '0 (silent) to 1' } },
    needs: 'meeting',
  },
  microphoneSet: {
    about: 'Microphone on or off',
    payload: { isOn: { type: 'boolean', about: 'Wished state' } },
    needs: 'anywhere',
  },
  microphoneToggle: { about: 'Microphone on, or off if it is on', payload: {}, needs: 'anywhere' },
  cameraSet: {
    about: 'Camera on or off',
    payload: { isOn: { type: 'boolean', about: 'Wished state' } },
    needs: 'anywhere',
  },
  cameraToggle: { about: 'Camera on, or off if it is on', payload: {}, needs: 'anywhere' },
  screenShareStart: {
    about: 'Share the screen. Browsers want a click inside the meeting for it; without one it fails',
    payload: {},
    needs: 'meeting',
  },
  screenShareStop: { about: 'Stop sharing the screen', payload: {}, needs: 'meeting' },
  deviceSelect: {
    about: 'Use another device',
    payload: {
      kind: { type: 'DeviceKind', about: 'What kind of device' },
      deviceId: {
        type: 'string',
        about: "From `getDevices`; without it the system's default",
        optional: true,
      },
    },
    needs: 'anywhere',
  },
  chatSend: {
    about: 'Write in the chat as this person',
    payload: { text: { type: 'string', about: 'Up to 4000 characters' } },
    needs: 'chatWrite',
  },
  panelOpen: {
    about: 'Open a panel',
    payload: { panel: { type: 'Panel', about: 'Which one' } },
    needs: 'meeting',
  },
  panelClose: { about: 'Close the open panel', payload: {}, needs: 'meeting' },
  layoutSet: {
    about: 'Arrange the stage, for this person only',
    payload: { layout: { type: 'Layout', about: 'Which way' } },
    needs: 'meeting',
  },
  themeSet: {
    about: 'Change colours and roundness while the meeting is shown',
    payload: { theme: { type: 'Theme', about: 'What to change' } },
    needs: 'anywhere',
  },
} as const satisfies Record<string, Command>

export const queries = {
  getState: {
    about: 'What is going on',
    answer: {
      phase: { type: 'Phase', about: 'Where this person is' },
      roomId: { type: 'string', about: 'Id of the room' },
      roomName: { type: 'string', about: 'Name of the room; empty until it is known' },
      participantIdentity: { type: 'string | null', about: 'Own identity; null before the first join' },
      participantName: { type: 'string', about: 'Own name' },
      role: { type: 'Role', about: 'Own role' },
      layout: { type: 'Layout', about: 'How the stage is arranged' },
      isRecording: { type: 'boolean', about: 'Whether the meeting is being recorded' },
      locks: { type: 'Locks', about: 'What is kept to moderators' },
      spotlight: { type: 'string | null', about: 'Identity of who is large for everybody' },
    },
  },
  getParticipants: { about: 'Who is in the meeting, oneself first', answer: { type: 'Participant[]' } },
  getDevices: { about: 'Devices that can be chosen', answer: { type: 'Device[]' } },
  getMessages: { about: 'Chat messages that this person has seen', answer: { type: 'ChatMessage[]' } },
} as const satisfies Record<string, Query>

const own = {
  roomId: { type: 'string', about: 'Id of the room' },
  participantIdentity: { type: 'string', about: 'Own identity' },
} as const
const recording = {
  roomId: own.roomId,
  recordingId: { type: 'string', about: 'Id of the recording' },
} as const
const track = {
  participantIdentity: { type: 'string', about: 'Whose track' },
  source: { type: 'Source', about: 'What it shows or sounds' },
  isLocal: { type: 'boolean', about: 'Whether it is this person’s own' },
} as const

export const events = {
  ready: { about: 'The meeting page has loaded. Commands given before are carried out now', detail: {} },
  meetingJoined: { about: 'This person is in the meeting', detail: own, deprecated: 'joined' },
  meetingLeft: {
    about: 'This person is no longer in the meeting',
    detail: { ...own, reason: { type: 'LeftReason', about: 'Why' } },
    deprecated: 'left',
  },
  meetingClosed: {
    about: 'This person left the last screen or the lobby. The redirect follows, if one is set',
    detail: null,
    deprecated: 'closed',
  },
  phaseChanged: {
    about: 'From the lobby into the meeting, and back',
    detail: {
      phase: { type: 'Phase', about: 'The new phase' },
      participantName: { type: 'string', about: 'Own name; empty until it is given' },
    },
  },
  participantJoined: {
    about: 'Somebody else came',
    detail: { participant: { type: 'Participant', about: 'Who' } },
  },
  participantLeft: {
    about: 'Somebody else went',
    detail: { participantIdentity: identity, name: { type: 'string', about: 'Their name' } },
  },
  roleChanged: {
    about: "This person's role changed",
    detail: { role: { type: 'Role', about: 'The new role' } },
  },
  trackPublished: { about: 'A microphone, camera or screen was switched on', detail: track },
  trackUnpublished: { about: 'It was switched off', detail: track },
  trackMuted: { about: 'It was muted', detail: track },
  trackUnmuted: { about: 'It was unmuted', detail: track },
  activeSpeakersChanged: {
    about: 'Who is speaking, loudest first',
    detail: { participantIdentities: { type: 'string[]', about: 'Identities' } },
  },
  chatMessage: {
    about: 'A message arrived, or was sent by this person',
    detail: shapes.ChatMessage,
  },
  panelChanged: {
    about: 'A panel was opened or closed',
    detail: { panel: { type: 'string | null', about: '`chat`, `participants`, or null' } },
  },
  layoutChanged: {
    about: 'The stage was arranged anew',
    detail: { layout: { type: 'Layout', about: 'How' } },
  },
  devicesChanged: {
    about: 'Devices were connected, removed or allowed',
    detail: { devices: { type: 'Device[]', about: 'All of them' } },
  },
  deviceFailed: {
    about: 'Camera, microphone or screen cannot be used',
    detail: {
      device: { type: 'FaultyDevice', about: 'Which one' },
      fault: {
        type: 'DeviceFault',
        about: 'Why. `policy`: your page does not pass the permission on (`allow`, Permissions-Policy)',
      },
    },
  },
  handsChanged: {
    about: 'Hands were raised or lowered',
    detail: { participantIdentities: { type: 'string[]', about: 'Whose are up, who raised it first first' } },
  },
  reactionShown: {
    about: 'Somebody, or this person, showed a reaction',
    detail: { participantIdentity: identity, reaction: { type: 'Reaction', about: 'Which one' } },
  },
  spotlightChanged: {
    about: 'Another participant is large for everybody, or nobody any more',
    detail: { participantIdentity: { type: 'string | null', about: 'Who' } },
  },
  locksChanged: {
    about: 'Moderators kept something to themselves, or gave it back',
    detail: { locks: { type: 'Locks', about: 'What is kept to moderators now' } },
  },
  recordingStarted: { about: 'The meeting is being recorded', detail: recording },
  recordingStopped: { about: 'It is not recorded any more', detail: recording },
  commandFailed: {
    about: 'A command could not be carried out',
    detail: {
      command: { type: 'string', about: 'Which one' },
      fault: { type: 'CommandFault', about: 'Why' },
      message: { type: 'string', about: 'For developers' },
    },
  },
} as const satisfies Record<string, EventKind>

type Optional<F extends Fields> = { [K in keyof F]: F[K] extends { optional: true } ? K : never }[keyof F]
type ValuesOf<F extends Fields> = {
  [K in Exclude<keyof F, Optional<F>>]: TypesByName[F[K]['type']]
} & { [K in Optional<F>]?: TypesByName[F[K]['type']] }

export type CommandName = keyof typeof commands
export type CommandPayload<C extends CommandName> = ValuesOf<(typeof commands)[C]['payload']>
export type EventName = keyof typeof events
export type EventDetail<E extends EventName> = (typeof events)[E]['detail'] extends Fields
  ? ValuesOf<(typeof events)[E]['detail']>
  : null
export type QueryName = keyof typeof queries
export type QueryAnswer<Q extends QueryName> = (typeof queries)[Q]['answer'] extends {
  type: infer T extends keyof TypesByName
}
  ? TypesByName[T]
  : (typeof queries)[Q]['answer'] extends infer F extends Fields
    ? ValuesOf<F>
    : never
