import { Circle, CircleStop } from 'lucide-react'
import { useStore } from 'zustand/react'
import { useTranslation } from '../../../locales/use-translation.ts'
import { useCall, useSession } from '../context.ts'
import type { MenuItem } from '../Menu.tsx'
import { Round } from './Round.tsx'

/** Starts and stops the recording, or says why it cannot. */
function useRecordingToggle() {
  const { t } = useTranslation()
  const { recording, notices } = useCall()
  const isOffered = useSession(
    ({ permissions, room }) => permissions.recordingControl && room?.isRecordingEnabled !== false,
  )
  const { recording: running, isBusy, unavailable } = useStore(recording.store)
  const toggle = async () => {
    try {
      await recording.toggle()
    } catch (error) {
      const why = error instanceof Error ? error.message : ''
      const failed = t(running === null ? 'record.startFailed' : 'record.stopFailed')
      notices.show(`${failed} ${why}`.trim(), { tone: 'problem' })
    }
  }
  return {
    isOffered,
    isRunning: running !== null,
    isBusy: isBusy || running?.status === 'starting' || running?.status === 'ending',
    reason: running === null ? unavailable : null,
    label: t(running === null ? 'record.start' : 'record.stop'),
    toggle: () => void toggle(),
  }
}

export function RecordingButton() {
  const { isOffered, isRunning, isBusy, reason, label, toggle } = useRecordingToggle()
  if (!isOffered) return null
  return (
    <Round
      id={isRunning ? 'stop-recording-btn' : 'recording-btn'}
      label={label}
      isActive={isRunning}
      isBusy={isBusy}
      refusal={reason ?? undefined}
      onClick={toggle}
    >
      {isRunning ? <CircleStop aria-hidden /> : <Circle aria-hidden />}
    </Round>
  )
}

/** {@link RecordingButton} as an item of a menu, where recording is offered. */
export function useRecordingItems(): MenuItem[] {
  const { isOffered, isRunning, label, toggle } = useRecordingToggle()
  if (!isOffered) return []
  return [
    {
      kind: 'action',
      id: isRunning ? 'stop-recording-btn' : 'recording-btn',
      label,
      icon: isRunning ? CircleStop : Circle,
      onSelect: toggle,
    },
  ]
}
