import { EllipsisVertical, Keyboard, PhoneOff, Settings } from 'lucide-react'
import { useStore } from 'zustand/react'
import { LAYOUTS } from '../../../lobby/index.ts'
import { useTranslation } from '../../../locales/use-translation.ts'
import styles from '../CallBar.module.css'
import { useCall, useSession } from '../context.ts'
import { useDeviceItems } from '../device-items.ts'
import { Menu, type MenuItem } from '../Menu.tsx'
import { useReactionItems } from '../reactions/ReactionButton.tsx'
import { useHandItem } from './HandButton.tsx'
import { useRecordingItems } from './RecordingButton.tsx'
import { useShareItems } from './ShareButton.tsx'

interface MoreButtonProps {
  isCompact: boolean
  mayShare: boolean
  onEnd: () => void
  onSettings: () => void
  onHelp: () => void
}

/** What is not wanted at every moment, and what a narrow bar has no room for. */
export function MoreButton({ isCompact, mayShare, onEnd, onSettings, onHelp }: MoreButtonProps) {
  const { t } = useTranslation()
  const mayEnd = useSession(({ permissions }) => permissions.meetingEnd)
  const reactions = useReactionItems()
  const hand = useHandItem()
  const share = useShareItems()
  const recording = useRecordingItems()
  const layouts = useLayoutItems()
  const devices = useDeviceItems(['microphone', 'camera', 'speaker'])
  const settings: MenuItem = {
    kind: 'action',
    id: 'toolbar-settings-btn',
    label: t('settings.title'),
    icon: Settings,
    onSelect: onSettings,
  }
  const end: MenuItem = {
    kind: 'action',
    label: t('call.endForAll'),
    icon: PhoneOff,
    isDanger: true,
    onSelect: onEnd,
  }
  const keys: MenuItem = {
    kind: 'action',
    id: 'shortcuts-option',
    label: t('shortcuts.title'),
    icon: Keyboard,
    onSelect: onHelp,
  }
  const items = isCompact
    ? [
        ...reactions,
        hand,
        ...(mayShare ? share : []),
        ...recording,
        settings,
        ...(mayEnd ? [end] : []),
        ...layouts,
        ...devices,
      ]
    : [settings, keys, ...layouts]
  return (
    <Menu
      label={t('call.more')}
      items={items}
      renderTrigger={(props) => (
        <button
          {...props}
          id="more-options-btn"
          className={styles.round}
          aria-label={t('call.more')}
          title={t('call.more')}
        >
          <EllipsisVertical aria-hidden />
        </button>
      )}
    />
  )
}

/** What is large on the stage. */
const useLayoutItems = (): MenuItem[] => {
  const { t } = useTranslation()
  const { stage } = useCall()
  const chosen = useStore(stage.store, ({ layout }) => layout)
  return [
    { kind: 'heading', label: t('layout.title') },
    ...LAYOUTS.map((layout): MenuItem => ({
      kind: 'choice',
      label: t(`layout.${layout}`),
      isChosen: layout === chosen,
      onSelect: () => stage.setLayout(layout),
    })),
  ]
}
