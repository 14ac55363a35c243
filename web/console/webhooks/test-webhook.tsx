import { Send } from 'lucide-react'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/copy.tsx'
import { errorText } from '../../ui/errors.ts'
import { Notice } from '../../ui/notice.tsx'
import { useTestWebhook, type Webhook } from './webhooks.ts'
import styles from './webhooks.module.css'

/** Sends a test event, and shows status, time and body of what the receiver answered. */
export function TestWebhook({ webhook }: { webhook: Pick<Webhook, 'id'> }) {
  const { t, locale } = useText()
  const test = useTestWebhook(webhook.id)
  const { data } = test
  const milliseconds = (ms: number) => new Intl.NumberFormat(locale).format(Math.max(1, ms))
  return (
    <div className={styles.test}>
      <div>
        <Button busy={test.isPending} onClick={() => test.mutate()}>
          <Send aria-hidden="true" />
          {t('webhooks.test')}
        </Button>
      </div>
      <div aria-live="polite" className={styles.testResult}>
        {test.isError && <Notice tone="danger">{errorText(test.error, t)}</Notice>}
        {data !== undefined && !test.isPending && (
          <>
            <Notice
              tone={data.status === 'delivered' ? 'success' : 'danger'}
              title={
                data.responseStatus === null
                  ? t('webhooks.testNoAnswer')
                  : t(data.status === 'delivered' ? 'webhooks.testOk' : 'webhooks.testRefused', {
                      status: data.responseStatus,
                      ms: milliseconds(data.durationMs ?? 0),
                    })
              }
            >
              {data.error ?? (data.response ? null : t('webhooks.testEmpty'))}
            </Notice>
            {data.response && (
              <CodeBlock
                label={t('webhooks.answerBody')}
                copyLabel={t('webhooks.copyAnswer')}
                code={data.response}
              />
            )}
          </>
        )}
      </div>
    </div>
  )
}
