import { FileUp } from 'lucide-react'
import { useEffect, useState, type DragEvent } from 'react'
import { useTranslation } from '../../../locales/use-translation.ts'
import { useCall, useMay, useMeetingState } from '../context.ts'
import { Panel } from '../Panel.tsx'
import styles from './ChatPanel.module.css'
import { Compose } from './Compose.tsx'
import { Messages } from './Messages.tsx'

/** The chat. Files may be dropped anywhere on it. */
export function ChatPanel({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const { chat, draft } = useCall()
  const may = useMay('chat')
  const mayAttach = useMeetingState(({ hasAttachments }) => hasAttachments) && may === 'yes'
  const [isDropping, setDropping] = useState(false)
  useEffect(() => {
    chat.setOpen(true)
    return () => chat.setOpen(false)
  }, [chat])
  const isOver = (event: DragEvent): boolean => mayAttach && event.dataTransfer.types.includes('Files')
  return (
    <Panel title={t('chat.title')} onClose={onClose}>
      <div
        className={styles.body}
        onDragOver={(event) => {
          if (!isOver(event)) return
          event.preventDefault()
          setDropping(true)
        }}
        onDragLeave={(event) => {
          // Within the panel one part is left for the next.
          const { relatedTarget } = event
          if (!(relatedTarget instanceof Node && event.currentTarget.contains(relatedTarget)))
            setDropping(false)
        }}
        onDrop={(event) => {
          setDropping(false)
          if (!isOver(event)) return
          event.preventDefault()
          draft.add([...event.dataTransfer.files])
        }}
      >
        <Messages />
        {may === 'yes' ? (
          <Compose mayAttach={mayAttach} />
        ) : (
          <p className={styles.readOnly}>{t(may === 'locked' ? 'chat.locked' : 'chat.readOnly')}</p>
        )}
        {isDropping && (
          <div className={styles.drop}>
            <FileUp aria-hidden />
            {t('chat.drop')}
          </div>
        )}
      </div>
    </Panel>
  )
}
