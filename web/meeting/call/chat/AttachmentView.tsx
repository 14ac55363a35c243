import { Download, File, ImageOff } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from '../../../locales/use-translation.ts'
import type { Attachment } from '../../messages.ts'
import { useCall } from '../context.ts'
import styles from './ChatPanel.module.css'
import { formatSize } from './draft.ts'
import { MAX_PREVIEW_BYTES } from './file-views.ts'
import { ImageDialog } from './ImageDialog.tsx'

/** A file of a message: images are shown, everything can be saved, nothing is ever opened as a page. */
export function AttachmentView({ attachment }: { attachment: Attachment }) {
  const { t } = useTranslation()
  const { files, notices } = useCall()
  const { id, name, type, sizeBytes } = attachment
  const isShown = type.startsWith('image/') && sizeBytes <= MAX_PREVIEW_BYTES
  const { value, unit } = formatSize(sizeBytes)
  const save = async () => {
    try {
      await files.save(id, name)
    } catch {
      notices.show(t('chat.fileGone', { name }), { tone: 'problem' })
    }
  }
  return (
    <div className={styles.attachment}>
      {isShown && <Preview attachment={attachment} />}
      <button type="button" className={styles.file} title={t('chat.save')} onClick={() => void save()}>
        <span className={styles.spoken}>{t('chat.save')} </span>
        {!isShown && <File aria-hidden />}
        <span className={styles.fileName}>{name}</span>{' '}
        <span className={styles.fileSize}>{t(`chat.size.${unit}`, { value })}</span>
        <Download aria-hidden />
      </button>
    </div>
  )
}

function Preview({ attachment }: { attachment: Attachment }) {
  const { t } = useTranslation()
  const { files } = useCall()
  const { id, name } = attachment
  const frame = useRef<HTMLButtonElement>(null)
  const [url, setUrl] = useState<string | null>(null)
  const [hasFailed, setFailed] = useState(false)
  const [isOpen, setOpen] = useState(false)
  useEffect(() => {
    const element = frame.current
    if (!element) return undefined
    let isOver = false
    // Fetched when it comes into sight, not all at once for who opens a long chat.
    const observer = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting) return
      observer.disconnect()
      files.url(id).then(
        (found) => !isOver && setUrl(found),
        () => !isOver && setFailed(true),
      )
    })
    observer.observe(element)
    return () => {
      isOver = true
      observer.disconnect()
    }
  }, [files, id])
  return (
    <>
      <button
        ref={frame}
        type="button"
        className={styles.preview}
        aria-label={t('chat.open', { name })}
        disabled={url === null}
        onClick={() => setOpen(true)}
      >
        {hasFailed ? (
          <ImageOff role="img" aria-label={t('chat.fileGone', { name })} />
        ) : (
          url && <img src={url} alt={name} decoding="async" onError={() => setFailed(true)} />
        )}
      </button>
      {isOpen && url && <ImageDialog url={url} name={name} onClose={() => setOpen(false)} />}
    </>
  )
}
