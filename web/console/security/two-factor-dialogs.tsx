import { useEffect, useRef, useState } from 'react'
import { Download } from 'lucide-react'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { CopyField, copyText } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { errorText } from '../../ui/errors.ts'
import { TextField } from '../../ui/field.tsx'
import { Notice } from '../../ui/notice.tsx'
import { QrCode } from '../../ui/qr-code.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import { FormDialog } from '../shell/form-dialog.tsx'
import { useBeginTwoFactor, useConfirmTwoFactor } from './security.ts'
import styles from './security.module.css'

/** The QR code, a first code of the app, then the recovery codes. */
export function SetUpDialog({ onClose }: { onClose: () => void }) {
  const { t } = useText()
  const begin = useBeginTwoFactor()
  const confirm = useConfirmTwoFactor()
  const [code, setCode] = useState('')
  const [attempt, setAttempt] = useState(0)
  const hasBegun = useRef(false)
  const { mutate } = begin
  useEffect(() => {
    // In development React mounts twice, which would make two secrets.
    if (hasBegun.current) return
    hasBegun.current = true
    mutate()
  }, [mutate])
  if (confirm.isSuccess) return <RecoveryCodesDialog codes={confirm.data.recoveryCodes} onClose={onClose} />
  const isMissing = code.trim() === ''
  return (
    <FormDialog
      wide
      title={t('security.setUpTitle')}
      description={t('security.setUpText')}
      action={t('security.confirm')}
      isBusy={confirm.isPending}
      isDisabled={!begin.isSuccess}
      attempt={attempt}
      onClose={onClose}
      onSubmit={() => {
        if (isMissing) return setAttempt(attempt + 1)
        confirm.mutate(code.trim(), { onError: () => setAttempt(attempt + 1) })
      }}
    >
      <div className={styles.steps}>
        {begin.isError && <Notice tone="danger">{errorText(begin.error, t)}</Notice>}
        {begin.data === undefined ? (
          !begin.isError && <Skeleton height={220} />
        ) : (
          <>
            <QrCode text={begin.data.url} alt={t('security.qrAlt')} />
            <CopyField
              label={t('security.secret')}
              copyLabel={t('security.copySecret')}
              value={begin.data.secret.match(/.{1,4}/g)?.join(' ') ?? begin.data.secret}
            />
          </>
        )}
        <CodeField
          code={code}
          error={
            attempt > 0 && isMissing
              ? t('account.codeMissing')
              : confirm.isError
                ? errorText(confirm.error, t)
                : null
          }
          onChange={(value) => {
            setCode(value)
            if (confirm.isError) confirm.reset()
          }}
        />
      </div>
    </FormDialog>
  )
}

function CodeField({
  code,
  error,
  hint,
  onChange,
}: {
  code: string
  error: string | null
  hint?: string
  onChange: (code: string) => void
}) {
  const { t } = useText()
  return (
    <TextField
      label={t('account.code')}
      hint={hint ?? t('security.codeHint')}
      value={code}
      data-autofocus
      autoComplete="one-time-code"
      autoCapitalize="none"
      spellCheck={false}
      maxLength={30}
      error={error}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}

/** Something that a code is asked for. */
export function CodeDialog<Answer>({
  title,
  text,
  action,
  isDanger = false,
  mutation,
  onDone,
  onClose,
}: {
  title: string
  text: string
  action: string
  isDanger?: boolean
  mutation: {
    isPending: boolean
    isError: boolean
    error: Error | null
    reset: () => void
    mutate: (code: string, options: { onSuccess: (answer: Answer) => void; onError: () => void }) => void
  }
  onDone: (answer: Answer) => void
  onClose: () => void
}) {
  const { t } = useText()
  const [code, setCode] = useState('')
  const [attempt, setAttempt] = useState(0)
  const isMissing = code.trim() === ''
  const close = () => {
    mutation.reset()
    onClose()
  }
  return (
    <FormDialog
      title={title}
      description={text}
      action={action}
      isDanger={isDanger}
      isBusy={mutation.isPending}
      attempt={attempt}
      onClose={close}
      onSubmit={() => {
        if (isMissing) return setAttempt(attempt + 1)
        mutation.mutate(code.trim(), { onSuccess: onDone, onError: () => setAttempt(attempt + 1) })
      }}
    >
      <CodeField
        code={code}
        hint={t('account.codeStepHint')}
        error={
          attempt > 0 && isMissing
            ? t('account.codeMissing')
            : mutation.isError
              ? errorText(mutation.error, t)
              : null
        }
        onChange={(value) => {
          setCode(value)
          if (mutation.isError) mutation.reset()
        }}
      />
    </FormDialog>
  )
}

/** Shown once; only its own button closes it. */
export function RecoveryCodesDialog({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  const { t } = useText()
  const text = `${codes.join('\n')}\n`
  const download = () => {
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
    link.download = 'parley-recovery-codes.txt'
    link.click()
    URL.revokeObjectURL(link.href)
  }
  return (
    <Dialog
      title={t('security.codesTitle')}
      description={t('security.codesText')}
      dismissable={false}
      onClose={onClose}
      actions={
        <>
          <Button
            onClick={(event) => {
              void copyText(text, event.currentTarget).then((isCopied) =>
                toast(isCopied ? { text: t('ui.copied') } : { tone: 'danger', text: t('rooms.copyFailed') }),
              )
            }}
          >
            {t('ui.copy')}
          </Button>
          <Button onClick={download}>
            <Download aria-hidden="true" />
            {t('security.download')}
          </Button>
          <Button variant="primary" data-autofocus onClick={onClose}>
            {t('security.codesKept')}
          </Button>
        </>
      }
    >
      <ul className={styles.codes} aria-label={t('security.codesTitle')}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
    </Dialog>
  )
}
