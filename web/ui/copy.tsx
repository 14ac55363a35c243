import { useEffect, useRef, useState } from 'react'
import { Check, Copy } from 'lucide-react'
import { Button, IconButton } from './button.tsx'
import styles from './copy.module.css'
import { VisuallyHidden } from './visually-hidden.tsx'
import { useWords } from './words.ts'

/**
 * Puts text on the clipboard. Where the page has no clipboard (plain http on a LAN) it falls back to a selected text field
 * beside `near`, which must be in the open dialog if there is one. Tells whether it worked.
 */
export async function copyText(text: string, near: Element = document.body): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const focused = document.activeElement
    const field = document.createElement('textarea')
    field.value = text
    field.readOnly = true
    field.style.position = 'fixed'
    field.style.opacity = '0'
    ;(near.closest('dialog') ?? document.body).append(field)
    field.select()
    // Deprecated, but the only way outside secure contexts.
    const isCopied = document.execCommand('copy')
    field.remove()
    if (focused instanceof HTMLElement) focused.focus()
    return isCopied
  }
}

function useCopied(): [boolean, (text: string, near: Element) => void] {
  const [isCopied, setCopied] = useState(false)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const copy = (text: string, near: Element) => {
    void copyText(text, near).then((ok) => {
      setCopied(ok)
      clearTimeout(timer.current)
      timer.current = setTimeout(() => setCopied(false), 2000)
    })
  }
  return [isCopied, copy]
}

const Spoken = ({ on, text }: { on: boolean; text: string }) => (
  <VisuallyHidden>
    <span role="status">{on ? text : ''}</span>
  </VisuallyHidden>
)

/** Copies `text`; `label` says what, e.g. "Copy moderator link". */
export function CopyIconButton({
  text,
  label,
  variant = 'ghost',
}: {
  text: string
  label: string
  variant?: 'ghost' | 'secondary'
}) {
  const words = useWords()
  const [isCopied, copy] = useCopied()
  return (
    <>
      <IconButton
        size="small"
        variant={variant}
        label={label}
        className={isCopied ? styles.done : undefined}
        onClick={(event) => copy(text, event.currentTarget)}
      >
        {isCopied ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
      </IconButton>
      <Spoken on={isCopied} text={words.copied} />
    </>
  )
}

/** A value on one line with a copy button; `label` names the value, `copyLabel` the button. */
export function CopyField({
  label,
  copyLabel,
  value,
  autoFocus = false,
}: {
  label: string
  copyLabel: string
  value: string
  autoFocus?: boolean
}) {
  const words = useWords()
  const [isCopied, copy] = useCopied()
  return (
    <div className={styles.field}>
      <input
        className={styles.value}
        aria-label={label}
        value={value}
        readOnly
        spellCheck={false}
        onFocus={(event) => event.currentTarget.select()}
      />
      <Button
        aria-label={copyLabel}
        data-autofocus={autoFocus || undefined}
        onClick={(event) => copy(value, event.currentTarget)}
      >
        {isCopied ? <Check aria-hidden="true" className={styles.done} /> : <Copy aria-hidden="true" />}
        {isCopied ? words.copied : words.copy}
      </Button>
      <Spoken on={isCopied} text={words.copied} />
    </div>
  )
}

/** Code to read and copy. */
export const CodeBlock = ({ code, label, copyLabel }: { code: string; label: string; copyLabel: string }) => (
  <div className={styles.block}>
    {/* Scrolls sideways, so it must be reachable by keyboard. */}
    <pre tabIndex={0} role="region" aria-label={label}>
      <code>{code}</code>
    </pre>
    <CopyIconButton text={code} label={copyLabel} />
  </div>
)
