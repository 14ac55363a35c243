import type { TFunction } from 'i18next'
import { browserFamily, type PreferenceStore } from '../../lobby/index.ts'
import type { MeetingApi } from '../api.ts'
import { CallRecording } from '../recording/call-recording.ts'
import type { MeetingSession } from '../session.ts'
import { Announcer } from './announcer.ts'
import { Chat } from './chat/chat.ts'
import { Draft } from './chat/draft.ts'
import { FileViews } from './chat/file-views.ts'
import { Chimes } from './chimes.ts'
import { Confirmation } from './confirmation.ts'
import type { LiveKitConnection } from './connection.ts'
import { MediaControls } from './media-controls.ts'
import { StateStore } from './meeting-state.ts'
import { Notices } from './notices.ts'
import { Asked } from './people/asked.ts'
import { Knocks } from './people/knocks.ts'
import { Roster } from './people/roster.ts'
import { Reactions } from './reactions/reactions.ts'

export type Session = MeetingSession<LiveKitConnection>

/** What of a call lasts over a rejoin. Stores, not values: a change renders who reads it, not the call. */
export interface LastingParts {
  state: StateStore
  chat: Chat
  draft: Draft
  files: FileViews
  roster: Roster
  knocks: Knocks
  asked: Asked
  recording: CallRecording
  reactions: Reactions
  controls: MediaControls
  notices: Notices
  confirmation: Confirmation
  announcer: Announcer
  chimes: Chimes
  /** Calls the API as this participant; what fails is said in a notice. True if it worked. */
  act: (call: (api: MeetingApi, roomId: string, token: string) => Promise<unknown>) => Promise<boolean>
}

export const makeLastingParts = (
  session: Session,
  preferences: PreferenceStore,
  t: TFunction,
): LastingParts => {
  const notices = new Notices()
  const announcer = new Announcer({
    count: (kind, count) => t(`announce.many.${kind}`, { count }),
    isSilenced: (kind) => preferences.current.silenced.includes(kind),
  })
  const state = new StateStore()
  const chimes = new Chimes(preferences)
  const chat = new Chat({
    load: (where) => session.request((api, roomId, token) => api.messages(roomId, token, where)),
    send: (message) => session.request((api, roomId, token) => api.sendMessage(roomId, token, message)),
    remove: (id) => session.request((api, roomId, token) => api.deleteMessage(roomId, token, id)),
    ownIdentity: () => session.state.identity,
    onArrival: (messages) => {
      for (const { name, text, attachments } of messages) {
        const said = text || t('chat.files', { count: attachments.length })
        announcer.say(t('announce.message', { name, text: said }), 'message')
      }
    },
  })
  return {
    state,
    notices,
    confirmation: new Confirmation(),
    announcer,
    chimes,
    chat,
    draft: new Draft({
      upload: (file, options) =>
        session.request((api, roomId, token) => api.sendAttachment(roomId, token, file, options)),
      onFault: (fault, name) => notices.show(t(`chat.fault.${fault}`, { name }), { tone: 'problem' }),
      preview: { make: (file) => URL.createObjectURL(file), drop: (url) => URL.revokeObjectURL(url) },
    }),
    files: new FileViews((id) => session.request((api, roomId, token) => api.attachment(roomId, token, id))),
    roster: new Roster(async () => {
      const {
        entries,
        state: told,
        remainingMs,
      } = await session.request((api, roomId, token) => api.participants(roomId, token))
      if (told) state.take(told)
      if (remainingMs !== null) session.endsIn(remainingMs)
      return entries
    }),
    knocks: new Knocks({
      load: () => session.request((api, roomId, token) => api.knocks(roomId, token)),
      answer: (knockId, admit) =>
        session.request((api, roomId, token) => api.answerKnock(roomId, token, knockId, admit)),
      onKnock: (knocks) => {
        void chimes.play('knock')
        for (const { name } of knocks) announcer.say(t('announce.knock', { name }), 'knock')
      },
    }),
    asked: new Asked(),
    recording: new CallRecording({
      load: () => session.request((api, roomId, token) => api.recording(roomId, token)),
      start: () => session.request((api, roomId, token) => api.startRecording(roomId, token)),
      stop: (id) => session.request((api, _roomId, token) => api.stopRecording(id, token)),
      answer: (answer) => session.request((api, roomId, token) => api.answerRecording(roomId, token, answer)),
      now: () => Date.now(),
    }),
    reactions: new Reactions(),
    controls: new MediaControls({
      connection: () => session.state.connection,
      preferences,
      onOtherDevice: (device) => notices.show(t('notice.otherDevice', { device })),
      onFault: (device, fault) => {
        const family = browserFamily(navigator.userAgent, navigator.maxTouchPoints)
        const help = fault === 'denied' ? t(`fault.help.denied.${family}`) : t(`fault.help.${fault}`)
        const text =
          device === 'screen'
            ? t(`fault.screen.${fault === 'system' || fault === 'policy' ? fault : 'failed'}`)
            : `${t(`fault.${device}.${fault}`)}. ${help}`
        notices.show(text, { tone: 'problem' })
      },
    }),
    act: async (call) => {
      try {
        await session.request(call)
        return true
      } catch {
        notices.show(t('people.failed'), { tone: 'problem' })
        return false
      }
    },
  }
}
