import { useText } from '../../locales/console.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import type { RoomStatus } from './rooms.ts'

const TONES: Record<RoomStatus, Tone> = { open: 'neutral', active_meeting: 'success', closed: 'warning' }

export function RoomStatusBadge({ status }: { status: RoomStatus }) {
  const { t } = useText()
  return <Badge tone={TONES[status]}>{t(`rooms.state.${status}`)}</Badge>
}
