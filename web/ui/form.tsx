import type { ReactNode } from 'react'
import { useEffect, useRef } from 'react'

export interface FormProps {
  className?: string
  /** Goes up with each refusal, here or by the server; the focus then goes to the first faulty field. */
  attempt?: number
  /** While what was submitted is on its way, nothing is submitted again. */
  isBusy?: boolean
  onSubmit: () => void
  children: ReactNode
}

/** A form that says itself what is wrong, beside its fields, and stays on its page. */
export function Form({ className, attempt = 0, isBusy = false, onSubmit, children }: FormProps) {
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    if (attempt > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [attempt])
  return (
    <form
      ref={form}
      className={className}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (!isBusy) onSubmit()
      }}
    >
      {children}
    </form>
  )
}
