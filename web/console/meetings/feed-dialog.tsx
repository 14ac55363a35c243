import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { CopyField } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { errorText } from '../../ui/errors.ts'
import { Notice } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import styles from './meeting-dialog.module.css'
import { useCalendarFeed, useResetFeed } from './meetings.ts'

/** The address with which a calendar program shows the reader's meetings. */
export function FeedDialog({ onClose }: { onClose: () => void }) {
  const { t } = useText()
  const feed = useCalendarFeed()
  const reset = useResetFeed()
  const error = feed.error ?? reset.error
  return (
    <Dialog
      wide
      title={t('meetings.feedTitle')}
      description={t('meetings.feedText')}
      onClose={onClose}
      actions={
        <>
          <Button
            busy={reset.isPending}
            onClick={() => {
              if (!reset.isPending)
                reset.mutate(undefined, { onSuccess: () => toast({ text: t('meetings.feedReset') }) })
            }}
          >
            {t('meetings.resetFeed')}
          </Button>
          <Button variant="primary" onClick={onClose}>
            {t('ui.close')}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        {error && <Notice tone="danger">{errorText(error, t)}</Notice>}
        {feed.data ? (
          <CopyField
            label={t('meetings.feedAddress')}
            copyLabel={t('meetings.copyFeed')}
            value={feed.data.url}
            autoFocus
          />
        ) : (
          !error && <Skeleton height={36} />
        )}
        <Notice>{t('meetings.feedSecret')}</Notice>
      </div>
    </Dialog>
  )
}
