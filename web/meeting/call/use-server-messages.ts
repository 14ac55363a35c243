import { useEffect } from 'react'
import { useTranslation } from '../../locales/use-translation.ts'
import type { ServerMessage } from '../server-message.ts'
import type { CallParts } from './context.ts'

/** Pictures and sound come first: whoever has just come in has the line and the processor busy with them. */
export const CATCH_UP_AFTER_MS = 1000

/** Whoever comes is shown first: their pictures keep the page and the server busy, their role can wait. */
const ROSTER_AFTER_MS = 500

/** Brings what the server says to the stores, and what was missed while there was no connection. */
export const useServerMessages = (parts: CallParts): void => {
  const { t } = useTranslation()
  useEffect(() => {
    const { session, roster, state, knocks, chat, reactions, asked, recording, notices, announcer } = parts
    const nameOf = (identity: string) =>
      parts.room.remoteParticipants.get(identity)?.name ||
      roster.store.getState().byIdentity.get(identity)?.name ||
      identity
    const refreshKnocks = () => {
      if (session.state.permissions.participantKick) void knocks.refresh()
      else knocks.clear()
    }
    const take = (message: ServerMessage) => {
      switch (message.type) {
        case 'participants.changed':
        case 'meeting.role':
          void roster.refresh(message.type === 'meeting.role' ? 0 : ROSTER_AFTER_MS)
          if (message.type === 'meeting.role') refreshKnocks()
          break
        case 'recording.state':
          recording.receive(message.recording)
          break
        case 'knocks.changed':
          refreshKnocks()
          break
        case 'chat.messages':
          chat.receive(message.messages)
          break
        case 'chat.more':
          chat.receiveMore()
          break
        case 'chat.deleted':
          chat.receiveDeletion(message.id)
          break
        case 'meeting.state':
          state.take(message.state)
          break
        case 'meeting.asked':
          if (message.identity !== session.state.identity) break
          asked.ask(message.media, message.by)
          announcer.say(t('announce.asked', { name: message.by }))
          break
        case 'meeting.stopped':
          if (message.identity !== null && message.identity !== session.state.identity) break
          for (const kind of message.media) notices.show(t(`people.stopped.${kind}`, { name: message.by }))
          break
        case 'meeting.reaction':
          if (!reactions.show(message.identity, message.reaction)) break
          if (message.identity === session.state.identity) break
          announcer.say(
            t('announce.reaction', {
              name: nameOf(message.identity),
              reaction: t(`reactions.${message.reaction}`),
            }),
            'reaction',
          )
          break
        default:
      }
    }
    // With the state of the meeting: until it is known, changes of it cannot be told.
    void roster.refresh()
    const timer = setTimeout(() => {
      void recording.refresh()
      refreshKnocks()
    }, CATCH_UP_AFTER_MS)
    const stop = session.listen(take)
    return () => {
      clearTimeout(timer)
      stop()
    }
  }, [parts, t])

  useEffect(() => {
    const { session, state, notices, announcer, chimes, roster } = parts
    const own = () => session.state.identity
    const nameOf = (identity: string) => roster.store.getState().byIdentity.get(identity)?.name ?? identity
    return state.store.subscribe((now, before) => {
      // The first state tells what has long been so.
      if (before.version < 0) return
      const raised = now.hands.filter((identity) => !before.hands.includes(identity) && identity !== own())
      for (const identity of raised) announcer.say(t('announce.hand', { name: nameOf(identity) }), 'hand')
      if (raised.length > 0 && session.state.permissions.participantPromote) void chimes.play('hand')
      if (now.spotlight !== before.spotlight && now.spotlight !== null) {
        const isOwn = now.spotlight === own()
        announcer.say(
          isOwn ? t('announce.spotlitYou') : t('announce.spotlit', { name: nameOf(now.spotlight) }),
        )
        if (isOwn) notices.show(t('people.spotlitYou'))
      }
      if (session.state.permissions.participantKick) return
      for (const lock of ['audio', 'video', 'screen', 'chat'] as const) {
        if (now.locks[lock] === before.locks[lock]) continue
        const text = t(now.locks[lock] ? `locks.locked.${lock}` : `locks.unlocked.${lock}`)
        notices.show(text)
      }
    })
  }, [parts, t])
}
