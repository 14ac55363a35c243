import { useEffect, useRef } from 'react'
import type { CallParts } from '../context.ts'
import type { PanelName } from '../CallBar.tsx'
import type { Lock } from '../../messages.ts'
import { hasDeclined } from '../../recording/recording-state.ts'
import { maySend } from '../may.ts'
import { PushToTalk } from './push-to-talk.ts'
import { commandFor, type Command } from './shortcuts.ts'

interface ShortcutTargets {
  onPanel: (panel: PanelName) => void
  onHelp: () => void
}

/** The keys of the call, for as long as it is shown. */
export const useShortcuts = (parts: CallParts, targets: ShortcutTargets): void => {
  const latest = useRef(targets)
  useEffect(() => {
    latest.current = targets
  })
  useEffect(() => {
    const { session, controls, preferences, state, recording, knocks, act } = parts
    const talk = new PushToTalk({
      isOn: () => parts.room.localParticipant.isMicrophoneEnabled,
      set: (isOn) => controls.setMicrophone(isOn),
    })
    const run = (command: Command) => {
      const { permissions, identity } = session.state
      const may = (kind: Lock) =>
        maySend(permissions, state.current.locks, hasDeclined(recording.store.getState()), kind) === 'yes'
      switch (command) {
        case 'microphone':
          return may('audio') ? void controls.toggleMicrophone() : undefined
        case 'camera':
          return may('video') ? void controls.toggleCamera() : undefined
        case 'share':
          return may('screen') ? void controls.toggleShare() : undefined
        case 'hand': {
          const isRaised = !state.current.hands.includes(identity ?? '')
          return void act((api, roomId, token) => api.setOwnHand(roomId, token, isRaised))
        }
        case 'chat':
        case 'people':
          return latest.current.onPanel(command)
        case 'talk':
          return may('audio') ? talk.press() : undefined
        case 'help':
          return latest.current.onHelp()
        case 'mute-all':
          if (permissions.participantKick) void act((api, roomId, token) => api.muteAll(roomId, token))
          return undefined
        case 'admit-all':
          if (permissions.participantKick && knocks.store.getState().knocks.length > 0)
            void act(() => knocks.answer(null, true))
          return undefined
      }
    }
    const onKeyDown = (event: KeyboardEvent) => {
      // An open dialog or menu has the keyboard to itself.
      if (document.querySelector('dialog[open]:not([data-shortcuts]), [role="menu"]')) return
      const { key, ctrlKey, metaKey, altKey, shiftKey } = event
      const command = commandFor({
        key,
        ctrlKey,
        metaKey,
        altKey,
        shiftKey,
        isTyping: isTypedIn(event.target),
        isOnControl: isPressedBySpace(event.target),
        areSingleKeysOn: preferences.current.areSingleKeysOn,
      })
      if (command === null || event.isComposing) return
      event.preventDefault()
      if (!event.repeat) run(command)
    }
    const onKeyUp = (event: KeyboardEvent) => {
      if (event.key !== ' ') return
      // A button that has the focus would be pressed by the key that was let go.
      if (!isTypedIn(event.target) && !isPressedBySpace(event.target)) event.preventDefault()
      void talk.release()
    }
    const onBlur = () => void talk.release()
    window.addEventListener('keydown', onKeyDown)
    window.addEventListener('keyup', onKeyUp)
    window.addEventListener('blur', onBlur)
    return () => {
      window.removeEventListener('keydown', onKeyDown)
      window.removeEventListener('keyup', onKeyUp)
      window.removeEventListener('blur', onBlur)
      onBlur()
    }
  }, [parts])
}

const isTypedIn = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target.matches('textarea, select, input:not([type="checkbox"], [type="radio"], [type="button"])'))

/** Who walks through the buttons by keyboard presses them with Space; after a mouse click the focus is left over. */
const isPressedBySpace = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target !== document.body && target.matches(':focus-visible')
