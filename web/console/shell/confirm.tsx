import type { ReactNode } from 'react'
import { useState } from 'react'
import type { UseMutationResult } from '@tanstack/react-query'
import { useText } from '../../locales/console.ts'
import { errorText } from '../../ui/errors.ts'
import { TextField } from '../../ui/field.tsx'
import { Notice } from '../../ui/notice.tsx'
import { toast } from '../../ui/toast.tsx'
import styles from './confirm.module.css'
import { FormDialog } from './form-dialog.tsx'

interface ConfirmProps<Answer, Variables> {
  title: string
  text: ReactNode
  /** On the button that does it. */
  action: string
  mutation: UseMutationResult<Answer, Error, Variables>
  variables: Variables
  /** For what may stop somebody's product: this has to be typed first. */
  typed?: { text: string; label: string; mismatch: string }
  /** Said once it is done. */
  done?: string
  /** What follows; without it the dialog closes. */
  onDone?: (answer: Answer) => void
  onClose: () => void
  children?: ReactNode
}

/** Asks before what cannot be undone, does it, and says so; a failure stays in the dialog. */
export function Confirm<Answer, Variables>({
  title,
  text,
  action,
  mutation,
  variables,
  typed,
  done,
  onDone,
  onClose,
  children,
}: ConfirmProps<Answer, Variables>) {
  const { t } = useText()
  const [entered, setEntered] = useState('')
  const [attempt, setAttempt] = useState(0)
  const isMatch = typed === undefined || entered.trim() === typed.text.trim()
  const submit = () => {
    if (!isMatch) return setAttempt(attempt + 1)
    mutation.mutate(variables, {
      onSuccess: (answer) => {
        if (done !== undefined) toast({ text: done })
        if (onDone) onDone(answer)
        else onClose()
      },
    })
  }
  return (
    <FormDialog
      title={title}
      description={text}
      action={action}
      isDanger
      isBusy={mutation.isPending}
      isCancelFirst={typed === undefined}
      attempt={attempt}
      onClose={onClose}
      onSubmit={submit}
    >
      {(mutation.isError || typed || children) && (
        <div className={styles.content}>
          {mutation.isError && <Notice tone="danger">{errorText(mutation.error, t)}</Notice>}
          {children}
          {typed && (
            <TextField
              label={typed.label}
              value={entered}
              data-autofocus
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => setEntered(event.target.value)}
              error={attempt > 0 && !isMatch ? typed.mismatch : null}
            />
          )}
        </div>
      )}
    </FormDialog>
  )
}
