import { ArrowDown, MessageSquare, SendHorizontal } from 'lucide-react'
import { useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand/react'
import { hueOf } from './avatar.ts'
import { groupMessages, MAX_MESSAGE_LENGTH, type MessageGroup } from './chat.ts'
import styles from './ChatPanel.module.css'
import { useCall, useSession } from './context.ts'
import { linkify } from './linkify.ts'
import { Panel } from './Panel.tsx'

const NEAR_BOTTOM_PX = 40

export function ChatPanel({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const { chat } = useCall()
  const mayWrite = useSession(({ permissions }) => permissions.chatWrite)
  useEffect(() => {
    chat.setOpen(true)
    return () => chat.setOpen(false)
  }, [chat])
  return (
    <Panel title={t('chat.title')} onClose={onClose}>
      <Messages />
      {mayWrite ? <Compose /> : <p className={styles.readOnly}>{t('chat.readOnly')}</p>}
    </Panel>
  )
}

function Messages() {
  const { t } = useTranslation()
  const { chat } = useCall()
  const { messages, hasFailed } = useStore(chat.store)
  const ownIdentity = useSession(({ identity }) => identity)
  const groups = useMemo(() => groupMessages(messages), [messages])
  const log = useRef<HTMLDivElement>(null)
  const [isAtEnd, setAtEnd] = useState(true)

  // Who reads the latest stays there; who has scrolled up is not torn away.
  useLayoutEffect(() => {
    if (isAtEnd && messages.length > 0 && log.current) log.current.scrollTop = log.current.scrollHeight
  }, [messages, isAtEnd])

  return (
    <div className={styles.messages}>
      <div
        ref={log}
        className={styles.log}
        role="log"
        aria-label={t('chat.log')}
        aria-live="off"
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) =>
          setAtEnd(scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM_PX)
        }
      >
        {hasFailed && <p className={styles.failed}>{t('chat.historyFailed')}</p>}
        {groups.length === 0 && !hasFailed && (
          <div className={styles.empty}>
            <MessageSquare aria-hidden />
            <p className={styles.emptyTitle}>{t('chat.empty')}</p>
            <p>{t('chat.emptyText')}</p>
          </div>
        )}
        {groups.map((group) => (
          <Group key={group.messages[0]?.id} group={group} isOwn={group.identity === ownIdentity} />
        ))}
      </div>
      {!isAtEnd && (
        <button type="button" className={styles.toEnd} onClick={() => setAtEnd(true)}>
          <ArrowDown aria-hidden />
          {t('chat.newMessages')}
        </button>
      )}
    </div>
  )
}

function Group({ group, isOwn }: { group: MessageGroup; isOwn: boolean }) {
  const { t, i18n } = useTranslation()
  const sentAt = new Date(group.sentAt)
  return (
    <article className={styles.group} data-own={isOwn}>
      <header className={styles.by}>
        <span
          className={styles.sender}
          style={{ color: isOwn ? undefined : `oklch(0.8 0.1 ${hueOf(group.identity)})` }}
        >
          {isOwn ? t('chat.you') : group.name}
        </span>
        <time
          className={styles.time}
          dateTime={sentAt.toISOString()}
          title={sentAt.toLocaleString(i18n.language)}
        >
          {sentAt.toLocaleTimeString(i18n.language, { hour: '2-digit', minute: '2-digit' })}
        </time>
      </header>
      {group.messages.map(({ id, text }) => (
        <p key={id} className={`${styles.text} chat-message`} dir="auto">
          {linkify(text).map((part, index) =>
            part.kind === 'link' ? (
              <a key={index} href={part.href} target="_blank" rel="noopener noreferrer nofollow">
                {part.text}
              </a>
            ) : (
              part.text
            ),
          )}
        </p>
      ))}
    </article>
  )
}

function Compose() {
  const { t } = useTranslation()
  const { chat } = useCall()
  const [text, setText] = useState('')
  const [state, setState] = useState<'idle' | 'sending' | 'failed'>('idle')
  const input = useRef<HTMLTextAreaElement>(null)
  const isEmpty = text.trim() === ''

  useEffect(() => input.current?.focus(), [])

  const send = async () => {
    if (isEmpty || state === 'sending') return
    setState('sending')
    try {
      await chat.send(text.trim())
      setText('')
      setState('idle')
    } catch {
      setState('failed')
    }
    input.current?.focus()
  }

  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, Enter takes its suggestion.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    void send()
  }

  return (
    <div className={styles.compose}>
      {state === 'failed' && (
        <p className={styles.notSent} role="alert">
          {t('chat.notSent')}
        </p>
      )}
      <div className={styles.field} data-value={text}>
        <textarea
          ref={input}
          id="chat-input"
          className={styles.input}
          rows={1}
          value={text}
          maxLength={MAX_MESSAGE_LENGTH}
          placeholder={t('chat.placeholder')}
          aria-label={t('chat.placeholder')}
          enterKeyHint="send"
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
        />
        <button
          id="send-btn"
          type="button"
          className={styles.send}
          aria-label={t('chat.send')}
          title={t('chat.send')}
          aria-disabled={isEmpty}
          aria-busy={state === 'sending'}
          onClick={() => void send()}
        >
          <SendHorizontal aria-hidden />
        </button>
      </div>
    </div>
  )
}
