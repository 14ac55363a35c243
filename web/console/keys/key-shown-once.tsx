import type { ReactNode } from 'react'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { CodeBlock, CopyField } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Notice } from '../../ui/notice.tsx'
import { createRoomCommand, listRoomsCommand } from '../embedded/snippets.ts'
import styles from './api-keys.module.css'
import type { NewApiKey } from './keys.ts'

/** A new key, whole, with a command to try it. Closes only by its button, so that a stray click does not lose the key. */
export function KeyShownOnce({
  made,
  children,
  onClose,
  onUseForWebhook,
}: {
  made: NewApiKey
  children?: ReactNode
  onClose: () => void
  /** Offers to sign webhooks with the key. */
  onUseForWebhook?: (key: string) => void
}) {
  const { t } = useText()
  const mayWrite = made.permissions.includes('write') || made.permissions.includes('admin')
  const tryIt = t(mayWrite ? 'keys.tryIt' : 'keys.tryReading')
  const { origin } = window.location
  return (
    <Dialog
      wide
      dismissable={false}
      title={t('keys.readyTitle')}
      description={made.name}
      onClose={onClose}
      actions={
        <Button variant="primary" onClick={onClose}>
          {t('keys.saved')}
        </Button>
      }
    >
      <div className={styles.once}>
        <Notice tone="warning" title={t('keys.onceTitle')}>
          {t('keys.once')}
        </Notice>
        <CopyField label={t('keys.yourKey')} copyLabel={t('keys.copyKey')} value={made.key} autoFocus />
        {children}
        <h3>{tryIt}</h3>
        <CodeBlock
          label={tryIt}
          copyLabel={t('keys.copyCommand')}
          code={mayWrite ? createRoomCommand(origin, made.key) : listRoomsCommand(origin, made.key)}
        />
        {onUseForWebhook !== undefined && (
          <div className={styles.offer}>
            <Button
              onClick={() => {
                onClose()
                onUseForWebhook(made.key)
              }}
            >
              {t('keys.useForWebhook')}
            </Button>
            <p>{t('keys.useForWebhookHint')}</p>
          </div>
        )}
      </div>
    </Dialog>
  )
}
