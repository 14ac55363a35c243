import { Mic, MicOff, Video, VideoOff } from 'lucide-react'
import { useStore } from 'zustand/react'
import { useTranslation } from '../../../locales/use-translation.ts'
import { useCall, useParticipant } from '../context.ts'
import { useDeviceItems } from '../device-items.ts'
import { Round } from './Round.tsx'
import { Split } from './Split.tsx'
import { useRefusal } from './use-refusal.ts'

export function MicrophoneButton({ hasMenu }: { hasMenu: boolean }) {
  const { t } = useTranslation()
  const { room, controls } = useCall()
  const { isMicrophoneOn } = useParticipant(room.localParticipant)
  const isBusy = useStore(controls.store, ({ microphone }) => microphone)
  const refusal = useRefusal('audio')
  const items = useDeviceItems(['microphone', 'speaker'])
  return (
    <Split hasMenu={hasMenu} isOff={!isMicrophoneOn} label={t('call.microphoneMenu')} items={items}>
      <Round
        id="mic-btn"
        label={t(isMicrophoneOn ? 'call.mute' : 'call.unmute')}
        shortcut="Ctrl+D"
        isOff={!isMicrophoneOn}
        isBusy={isBusy}
        refusal={refusal}
        onClick={() => void controls.toggleMicrophone()}
      >
        {isMicrophoneOn ? <Mic aria-hidden /> : <MicOff aria-hidden />}
      </Round>
    </Split>
  )
}

export function CameraButton({ hasMenu }: { hasMenu: boolean }) {
  const { t } = useTranslation()
  const { room, controls } = useCall()
  const { isCameraOn } = useParticipant(room.localParticipant)
  const isBusy = useStore(controls.store, ({ camera }) => camera)
  const refusal = useRefusal('video')
  const items = useDeviceItems(['camera'])
  return (
    <Split hasMenu={hasMenu} isOff={!isCameraOn} label={t('call.cameraMenu')} items={items}>
      <Round
        id="camera-btn"
        label={t(isCameraOn ? 'call.cameraOff' : 'call.cameraOn')}
        shortcut="Ctrl+E"
        isOff={!isCameraOn}
        isBusy={isBusy}
        refusal={refusal}
        onClick={() => void controls.toggleCamera()}
      >
        {isCameraOn ? <Video aria-hidden /> : <VideoOff aria-hidden />}
      </Round>
    </Split>
  )
}
