import { useEffect, useState, useSyncExternalStore } from 'react'
import { CircleAlert, CircleCheck, X } from 'lucide-react'
import { Button, IconButton } from './button.tsx'
import { classNames } from './class-names.ts'
import styles from './toast.module.css'
import { useWords } from './words.ts'

// Our own instead of sonner: that one puts a style element into the page by script, which our CSP refuses.

export interface Toast {
  text: string
  tone?: 'success' | 'danger'
  action?: { label: string; onSelect: () => void }
}

const LIFE_MS = 5000
const MOST = 3

let shown: readonly (Toast & { id: number })[] = []
let lastId = 0
const listeners = new Set<() => void>()
const change = (next: typeof shown) => {
  shown = next
  for (const listener of listeners) listener()
}

/** Tells something in passing, in the corner, for five seconds; longer while pointed at or focused. */
export const toast = (message: Toast): void => {
  lastId += 1
  change([...shown, { ...message, id: lastId }].slice(-MOST))
}

const dismiss = (id: number) => change(shown.filter((one) => one.id !== id))

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function ToastCard({ id, text, tone = 'success', action }: Toast & { id: number }) {
  const words = useWords()
  const [isHeld, setHeld] = useState(false)
  useEffect(() => {
    if (isHeld) return undefined
    const timer = setTimeout(() => dismiss(id), LIFE_MS)
    return () => clearTimeout(timer)
  }, [id, isHeld])
  const Icon = tone === 'danger' ? CircleAlert : CircleCheck
  return (
    <li
      className={classNames(styles.toast, styles[tone])}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <Icon aria-hidden="true" />
      <p>{text}</p>
      {action && (
        <Button
          size="small"
          onClick={() => {
            action.onSelect()
            dismiss(id)
          }}
        >
          {action.label}
        </Button>
      )}
      <IconButton size="small" label={words.close} onClick={() => dismiss(id)}>
        <X aria-hidden="true" />
      </IconButton>
    </li>
  )
}

/** The corner where toasts appear; once per page. */
export function Toaster() {
  const words = useWords()
  const toasts = useSyncExternalStore(subscribe, () => shown)
  return (
    <section aria-label={words.notifications} aria-live="polite" aria-relevant="additions">
      <ol className={styles.region}>
        {toasts.map((one) => (
          <ToastCard key={one.id} {...one} />
        ))}
      </ol>
    </section>
  )
}
