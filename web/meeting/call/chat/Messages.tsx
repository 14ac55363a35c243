import { ArrowDown, MessageSquare } from 'lucide-react'
import { useLayoutEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from '../../../locales/use-translation.ts'
import { useStore } from 'zustand/react'
import { useCall, useSession } from '../context.ts'
import { groupMessages } from './chat.ts'
import styles from './ChatPanel.module.css'
import { Group } from './Message.tsx'

const NEAR_BOTTOM_PX = 40
/** So many are drawn at once; the page stays quick however many there are. */
const DRAWN = 100

/** The latest messages, and more of them above as far as somebody scrolls. */
export function Messages() {
  const { t } = useTranslation()
  const { chat } = useCall()
  const { messages, hasFailed, hasEarlier, isLoadingEarlier } = useStore(chat.store)
  // Which are one's own depends on it.
  useSession(({ identity }) => identity)
  const log = useRef<HTMLDivElement>(null)
  const [isAtEnd, setAtEnd] = useState(true)
  /** Who reads further up sees everything from there on; at the end only the latest are drawn. */
  const [from, setFrom] = useState<number | null>(null)
  const shown = useMemo(
    () =>
      from === null || isAtEnd ? messages.slice(-DRAWN) : messages.filter(({ number }) => number >= from),
    [messages, from, isAtEnd],
  )
  const groups = useMemo(() => groupMessages(shown), [shown])
  const isMoreAbove = hasEarlier || shown.length < messages.length

  // Who reads the latest stays there; who has scrolled up is not torn away.
  useLayoutEffect(() => {
    if (isAtEnd && messages.length > 0 && log.current) log.current.scrollTop = log.current.scrollHeight
  }, [messages, isAtEnd])

  const showEarlier = async () => {
    const element = log.current
    const fromEnd = element ? element.scrollHeight - element.scrollTop : 0
    if (shown.length === messages.length) await chat.loadEarlier()
    const now = chat.store.getState().messages
    const first = now.findIndex(({ id }) => id === shown[0]?.id)
    setAtEnd(false)
    setFrom(now[Math.max(0, first - DRAWN)]?.number ?? 0)
    // What was read stays where it was.
    requestAnimationFrame(() => {
      if (element) element.scrollTop = element.scrollHeight - fromEnd
    })
  }

  return (
    <div className={styles.messages}>
      <div
        ref={log}
        className={styles.log}
        role="log"
        aria-label={t('chat.log')}
        aria-live="off"
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          const isNowAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM_PX
          if (isNowAtEnd === isAtEnd) return
          setFrom(isNowAtEnd ? null : (shown[0]?.number ?? null))
          setAtEnd(isNowAtEnd)
        }}
      >
        {hasFailed && <p className={styles.failed}>{t('chat.historyFailed')}</p>}
        {isMoreAbove && (
          <button
            type="button"
            className={styles.earlier}
            aria-busy={isLoadingEarlier}
            onClick={() => void showEarlier()}
          >
            {t('chat.earlier')}
          </button>
        )}
        {groups.length === 0 && !hasFailed && (
          <div className={styles.empty}>
            <MessageSquare aria-hidden />
            <p className={styles.emptyTitle}>{t('chat.empty')}</p>
            <p>{t('chat.emptyText')}</p>
          </div>
        )}
        {groups.map((group) => (
          <Group key={group.messages[0]?.id} group={group} />
        ))}
      </div>
      {!isAtEnd && (
        <button type="button" className={styles.toEnd} onClick={() => (setFrom(null), setAtEnd(true))}>
          <ArrowDown aria-hidden />
          {t('chat.newMessages')}
        </button>
      )}
    </div>
  )
}
