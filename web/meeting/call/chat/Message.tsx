import { Trash2 } from 'lucide-react'
import { memo, useState } from 'react'
import { useTranslation } from '../../../locales/use-translation.ts'
import type { ChatMessage } from '../../messages.ts'
import { hueOf } from '../avatar.ts'
import { ConfirmDialog } from '../ConfirmDialog.tsx'
import { useCall, useSession } from '../context.ts'
import { AttachmentView } from './AttachmentView.tsx'
import type { MessageGroup } from './chat.ts'
import styles from './ChatPanel.module.css'
import { linkify } from './linkify.ts'

export function Group({ group }: { group: MessageGroup }) {
  const { t, i18n } = useTranslation()
  const { chat } = useCall()
  const [first] = group.messages
  const isOwn = first !== undefined && chat.isOwn(first)
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
      {group.messages.map((message) => (
        <MessageView key={message.id} message={message} isOwn={chat.isOwn(message)} />
      ))}
    </article>
  )
}

/** One message; its text stays text. Renders once, however many follow. */
const MessageView = memo(function MessageView({ message, isOwn }: { message: ChatMessage; isOwn: boolean }) {
  const { t } = useTranslation()
  const { chat, act } = useCall()
  const mayDelete = useSession(({ permissions }) => permissions.participantKick) || isOwn
  const [isDeleting, setDeleting] = useState(false)
  const { text, attachments } = message
  return (
    <div className={styles.message} data-number={message.number}>
      {text !== '' && (
        <p className={`${styles.text} chat-message`} dir="auto">
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
      )}
      {attachments.map((attachment) => (
        <AttachmentView key={attachment.id} attachment={attachment} />
      ))}
      {mayDelete && (
        <button
          type="button"
          className={styles.delete}
          aria-label={t('chat.delete')}
          title={t('chat.delete')}
          onClick={() => setDeleting(true)}
        >
          <Trash2 aria-hidden />
        </button>
      )}
      {isDeleting && (
        <ConfirmDialog
          title={t('chat.deleteTitle')}
          text={t('chat.deleteText')}
          confirmLabel={t('chat.delete')}
          onConfirm={() => void act(() => chat.remove(message.id))}
          onClose={() => setDeleting(false)}
        />
      )}
    </div>
  )
})
