import { File, Paperclip, RotateCw, SendHorizontal, X } from 'lucide-react'
import { useEffect, useRef, useState, type ClipboardEvent, type KeyboardEvent } from 'react'
import { useTranslation } from '../../../locales/use-translation.ts'
import { useStore } from 'zustand/react'
import { ApiError } from '../../api-error.ts'
import { useCall } from '../context.ts'
import { MAX_MESSAGE_LENGTH } from './chat.ts'
import styles from './ChatPanel.module.css'
import { formatSize, type DraftFile } from './draft.ts'

type Fault = 'notSent' | 'tooFast' | 'locked'

/** Where a message is written: Enter sends it, Shift and Enter begin a new line, files are pasted or chosen. */
export function Compose({ mayAttach }: { mayAttach: boolean }) {
  const { t } = useTranslation()
  const { chat, draft } = useCall()
  const files = useStore(draft.store, (state) => state.files)
  const [text, setText] = useState('')
  const [isSending, setSending] = useState(false)
  const [fault, setFault] = useState<Fault | null>(null)
  const input = useRef<HTMLTextAreaElement>(null)
  const picker = useRef<HTMLInputElement>(null)
  const ready = files.flatMap(({ attachment }) => attachment ?? [])
  const isWaiting = files.some(({ state }) => state !== 'ready')
  const isEmpty = (text.trim() === '' && ready.length === 0) || isWaiting

  useEffect(() => input.current?.focus(), [])

  const send = async () => {
    if (isEmpty || isSending) return
    setSending(true)
    setFault(null)
    try {
      await chat.send(
        text.trim(),
        ready.map(({ id }) => id),
      )
      setText('')
      draft.clear()
    } catch (error) {
      setFault(faultOf(error))
    }
    setSending(false)
    input.current?.focus()
  }

  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, Enter takes its suggestion.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    void send()
  }
  const onPaste = (event: ClipboardEvent) => {
    const pasted = [...event.clipboardData.files]
    // Text that was copied from a program comes with a picture of it; it is meant as text.
    if (!mayAttach || pasted.length === 0 || event.clipboardData.types.includes('text/plain')) return
    event.preventDefault()
    draft.add(pasted)
  }

  return (
    <div className={styles.compose}>
      {fault && (
        <p className={styles.notSent} role="alert">
          {t(`chat.${fault}`)}
        </p>
      )}
      {files.length > 0 && (
        <ul className={styles.drafts}>
          {files.map((file) => (
            <DraftItem key={file.key} file={file} />
          ))}
        </ul>
      )}
      <div className={styles.field} data-value={text} data-attach={mayAttach}>
        {mayAttach && (
          <button
            type="button"
            id="attach-btn"
            className={styles.attach}
            aria-label={t('chat.attach')}
            title={t('chat.attach')}
            onClick={() => picker.current?.click()}
          >
            <Paperclip aria-hidden />
          </button>
        )}
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
          onPaste={onPaste}
        />
        <button
          id="send-btn"
          type="button"
          className={styles.send}
          aria-label={t('chat.send')}
          title={t('chat.send')}
          aria-disabled={isEmpty}
          aria-busy={isSending}
          onClick={() => void send()}
        >
          <SendHorizontal aria-hidden />
        </button>
      </div>
      <input
        ref={picker}
        id="attach-input"
        type="file"
        multiple
        hidden
        onChange={(event) => {
          draft.add([...(event.target.files ?? [])])
          // The same file can be chosen again.
          event.target.value = ''
          input.current?.focus()
        }}
      />
    </div>
  )
}

const faultOf = (error: unknown): Fault => {
  if (!(error instanceof ApiError)) return 'notSent'
  if (error.status === 429) return 'tooFast'
  return error.code === 'chat_locked' ? 'locked' : 'notSent'
}

function DraftItem({ file }: { file: DraftFile }) {
  const { t } = useTranslation()
  const { draft } = useCall()
  const { value, unit } = formatSize(file.sizeBytes)
  return (
    <li className={styles.draft} data-state={file.state}>
      {file.preview ? <img src={file.preview} alt="" /> : <File aria-hidden />}
      <span className={styles.draftWords}>
        <span className={styles.fileName} title={file.name}>
          {file.name}
        </span>
        {file.state === 'sending' ? (
          <progress
            className={styles.progress}
            value={file.progress}
            aria-label={t('chat.uploading', { name: file.name })}
          />
        ) : (
          <span className={styles.fileSize}>
            {file.state === 'failed' ? t('chat.uploadFailed') : t(`chat.size.${unit}`, { value })}
          </span>
        )}
      </span>
      {file.state === 'failed' && (
        <button
          type="button"
          className={styles.draftButton}
          aria-label={t('chat.uploadAgain', { name: file.name })}
          title={t('chat.uploadAgain', { name: file.name })}
          onClick={() => draft.retry(file.key)}
        >
          <RotateCw aria-hidden />
        </button>
      )}
      <button
        type="button"
        className={styles.draftButton}
        aria-label={t('chat.removeFile', { name: file.name })}
        title={t('chat.removeFile', { name: file.name })}
        onClick={() => draft.remove(file.key)}
      >
        <X aria-hidden />
      </button>
    </li>
  )
}
