import type { Participant } from 'livekit-client'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { memo, useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand/react'
import { useCall, useParticipants, useSession } from './context.ts'
import { InviteTile } from './InviteTile.tsx'
import styles from './Stage.module.css'
import { Tile } from './Tile.tsx'
import { layOutStage } from './tile-layout.ts'
import { COMPACT, useMediaQuery } from './use-media-query.ts'
import { useSize } from './use-size.ts'

/** Everybody's tiles. Renders when somebody comes, goes or shares, and when the window changes. */
export const Stage = memo(function Stage() {
  const { t } = useTranslation()
  const { stage } = useCall()
  const { order, pinnedId } = useStore(stage.store)
  const participants = useParticipants()
  const isConnected = useSession(({ phase }) => phase === 'connected')
  const isCompact = useMediaQuery(COMPACT)
  const [ref, size] = useSize<HTMLElement>()
  const [wishedPage, setPage] = useState(0)

  const isAlone = isConnected && participants.length === 1 && order.tiles.length === 1 && !order.main
  const count = order.tiles.length + (isAlone ? 1 : 0)
  const layout = useMemo(
    () =>
      layOutStage({
        width: size?.width ?? 0,
        height: size?.height ?? 0,
        count,
        hasMain: order.main !== null,
        page: wishedPage,
        gap: isCompact ? 4 : 8,
      }),
    [size, count, order.main, wishedPage, isCompact],
  )
  useEffect(() => stage.setFirstPageSize(layout.pageSize), [stage, layout.pageSize])

  const byIdentity = new Map<string, Participant>(participants.map((one) => [one.identity, one]))
  const shown = order.tiles.slice(layout.page * layout.pageSize, (layout.page + 1) * layout.pageSize)
  const placed = [
    ...(order.main && layout.main ? [{ ...order.main, rect: layout.main, isMain: true }] : []),
    ...shown.flatMap((tile, index) => {
      const rect = layout.tiles[index]
      return rect ? { ...tile, rect, isMain: false } : []
    }),
  ]
  const inviteRect = isAlone ? layout.tiles[shown.length] : undefined
  return (
    <section ref={ref} className={styles.stage} aria-label={t('call.stage')} data-count={participants.length}>
      {size &&
        placed.map(({ id, identity, source, rect, isMain }) => {
          const participant = byIdentity.get(identity)
          return (
            participant && (
              <Tile
                key={id}
                id={id}
                participant={participant}
                source={source}
                rect={rect}
                isMain={isMain}
                isPinned={pinnedId === id}
              />
            )
          )
        })}
      {size && inviteRect && <InviteTile rect={inviteRect} />}
      {layout.pager && (
        <nav
          className={styles.pager}
          style={{
            transform: `translate(${layout.pager.x}px, ${layout.pager.y}px)`,
            width: layout.pager.width,
          }}
          aria-label={t('call.page', { page: layout.page + 1, pages: layout.pages })}
        >
          <button
            type="button"
            aria-label={t('call.previousPage')}
            disabled={layout.page === 0}
            onClick={() => setPage(layout.page - 1)}
          >
            <ChevronLeft aria-hidden />
          </button>
          <span aria-hidden="true">
            {layout.page + 1} / {layout.pages}
          </span>
          <button
            type="button"
            aria-label={t('call.nextPage')}
            disabled={layout.page === layout.pages - 1}
            onClick={() => setPage(layout.page + 1)}
          >
            <ChevronRight aria-hidden />
          </button>
        </nav>
      )}
    </section>
  )
})
