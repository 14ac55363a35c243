import type { RefObject } from 'react'
import { useEffect } from 'react'

/** After a refused form, puts the focus on its first faulty field. `attempt` is what changes with each refusal. */
export function useFocusFirstError(form: RefObject<HTMLElement | null>, attempt: unknown): void {
  useEffect(() => {
    if (attempt) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [form, attempt])
}
