import type { Participant } from 'livekit-client'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { memo, useEffect, useMemo, useState, type KeyboardEvent } from 'react'
import { useTranslation } from '../../locales/use-translation.ts'
import { useStore } from 'zustand/react'
import { useCall, useParticipants, useSession } from './context.ts'
import { InviteTile } from './InviteTile.tsx'
import styles from './Stage.module.css'
import { Tile } from './Tile.tsx'
import { tileTowards, type Direction } from './tile-focus.ts'
import { layOutStage } from './tile-layout.ts'
import { COMPACT, useMediaQuery } from './use-media-query.ts'
import { useSize } from './use-size.ts'

const DIRECTIONS = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  Home: 'first',
  End: 'last',
} as const satisfies Record<string, Direction>

/** Everybody's tiles. Renders when somebody comes, goes or shares, and when the window changes. */
export const Stage = memo(function Stage() {
  const { t } = useTranslation()
  const { stage } = useCall()
  const { order, pinnedId, layout: chosen } = useStore(stage.store)
  const participants = useParticipants()
  const isConnected = useSession(({ phase }) => phase === 'connected')
  const isCompact = useMediaQuery(COMPACT)
  const [ref, size] = useSize<HTMLElement>()
  const [wishedPage, setPage] = useState(0)
  const [focusedId, setFocused] = useState<string | null>(null)

  const isAlone = isConnected && participants.length === 1 && order.tiles.length === 1 && !order.main
  const count = order.tiles.length + (isAlone ? 1 : 0)
  const layout = useMemo(
    () =>
      layOutStage({
        width: size?.width ?? 0,
        height: size?.height ?? 0,
        count,
        hasMain: order.main !== null,
        others: chosen === 'sidebar' ? 'beside' : chosen === 'speaker' ? 'below' : 'auto',
        page: wishedPage,
        gap: isCompact ? 4 : 8,
      }),
    [size, count, order.main, chosen, wishedPage, isCompact],
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
  const currentId = placed.some(({ id }) => id === focusedId) ? focusedId : placed[0]?.id

  const onKeyDown = (event: KeyboardEvent) => {
    const tile = event.target instanceof HTMLElement ? event.target.dataset['tile'] : undefined
    // A button in a tile, or a menu, has keys of its own.
    if (tile === undefined) return
    const key = event.key
    if (key === 'Enter') stage.togglePin(tile)
    else if (key === 'PageDown' || key === 'PageUp') setPage(layout.page + (key === 'PageDown' ? 1 : -1))
    else if (key in DIRECTIONS) {
      const next = tileTowards(placed, tile, DIRECTIONS[key as keyof typeof DIRECTIONS])
      if (next) event.currentTarget.querySelector<HTMLElement>(`[data-tile="${CSS.escape(next)}"]`)?.focus()
    } else return
    event.preventDefault()
  }
  const inviteRect = isAlone ? layout.tiles[shown.length] : undefined
  return (
    <section
      ref={ref}
      id="layout-container"
      className={styles.stage}
      aria-label={t('call.stage')}
      data-count={participants.length}
      data-layout={chosen}
      onKeyDown={onKeyDown}
      onFocus={({ target }) => target.dataset['tile'] && setFocused(target.dataset['tile'])}
    >
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
                isCurrent={currentId === id}
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
