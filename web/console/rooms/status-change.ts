import { useText, type Translate } from '../../locales/console.ts'
import { errorText } from '../../ui/errors.ts'
import { toast } from '../../ui/toast.tsx'
import { useSetStatus, type Room, type StatusOutcome } from './rooms.ts'

type Target = 'open' | 'closed'

/** Rooms of these that opening or closing would change. */
export const canTurn = (rooms: Room[], status: Target): Room[] =>
  rooms.filter((room) =>
    status === 'open'
      ? room.status === 'closed' || room.meetingEndAction === 'close'
      : room.status !== 'closed' && room.meetingEndAction === 'none',
  )

/** Opens or closes rooms and tells what came of it; what was closed can be opened again from there. */
export function useStatusChange(): { isPending: boolean; change: (rooms: Room[], status: Target) => void } {
  const { t } = useText()
  const { mutate, isPending } = useSetStatus()
  const change = (rooms: Room[], status: Target) => {
    mutate(
      { rooms, status },
      {
        onError: (error) => toast({ tone: 'danger', text: errorText(error, t) }),
        onSuccess: ({ done, refused }) => {
          if (done.length > 0) {
            const closed = done.filter((room) => room.status === 'closed')
            toast({
              text: outcomeText(done, status, t),
              ...(closed.length > 0 && {
                action: { label: t('rooms.undo'), onSelect: () => change(closed, 'open') },
              }),
            })
          }
          if (refused.length > 0) toast({ tone: 'danger', text: refusedText(refused, t) })
        },
      },
    )
  }
  return { isPending, change }
}

function outcomeText(done: Room[], status: Target, t: Translate): string {
  const waiting = done.filter((room) => status === 'closed' && room.meetingEndAction === 'close').length
  const now = done.length - waiting
  if (done.length === 1) {
    if (status === 'open') return t('rooms.opened')
    return t(waiting === 1 ? 'rooms.closing' : 'rooms.closed')
  }
  if (status === 'open') return t('rooms.openedMany', { count: now })
  return [
    now > 0 && t('rooms.closedMany', { count: now }),
    waiting > 0 && t('rooms.scheduledCloseMany', { count: waiting }),
  ]
    .filter(Boolean)
    .join(' · ')
}

const refusedText = (refused: StatusOutcome['refused'], t: Translate) =>
  t('rooms.notChanged', {
    count: refused.length,
    why: [...new Set(refused.map((one) => one.message))].join(' '),
  })
