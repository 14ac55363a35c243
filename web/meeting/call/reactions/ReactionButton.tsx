import { Smile } from 'lucide-react'
import { useTranslation } from '../../../locales/use-translation.ts'
import { useCall } from '../context.ts'
import { Menu, type MenuItem } from '../Menu.tsx'
import { REACTIONS, type Reaction } from './reactions.ts'

export const useReactionItems = (): MenuItem[] => {
  const { t } = useTranslation()
  const { act } = useCall()
  return (Object.keys(REACTIONS) as Reaction[]).map((reaction) => ({
    kind: 'reaction',
    label: t(`reactions.${reaction}`),
    sign: REACTIONS[reaction],
    onSelect: () => void act((api, roomId, token) => api.react(roomId, token, reaction)),
  }))
}

export function ReactionButton({ className }: { className: string | undefined }) {
  const { t } = useTranslation()
  const items = useReactionItems()
  const label = t('call.react')
  return (
    <Menu
      label={label}
      items={items}
      isRow
      renderTrigger={(props) => (
        <button {...props} id="reaction-btn" className={className} aria-label={label} title={label}>
          <Smile aria-hidden />
        </button>
      )}
    />
  )
}
