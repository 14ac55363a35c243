import type { ReactNode } from 'react'
import { useEffect, useRef } from 'react'
import { Tabs as Radix } from 'radix-ui'
import styles from './tabs.module.css'

/** A row of tabs, each with what it shows; arrow keys move between them. With `value`, who uses it says which is shown. */
export function Tabs({
  label,
  tabs,
  value,
  onChange,
}: {
  label: string
  tabs: { id: string; label: string; content: ReactNode }[]
  value?: string
  onChange?: (id: string) => void
}) {
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // On a phone the row is wider than the screen. Only sideways: scrollIntoView would move the page, too.
    const row = list.current
    const active = row?.querySelector('[data-state="active"]')
    if (value === undefined || !row || !active) return
    const [outer, inner] = [row.getBoundingClientRect(), active.getBoundingClientRect()]
    if (inner.right > outer.right) row.scrollLeft += inner.right - outer.right
    else if (inner.left < outer.left) row.scrollLeft -= outer.left - inner.left
  }, [value])
  return (
    <Radix.Root
      {...(value === undefined ? { defaultValue: tabs[0]?.id } : { value })}
      {...(onChange === undefined ? {} : { onValueChange: onChange })}
    >
      <Radix.List ref={list} className={styles.list} aria-label={label}>
        {tabs.map((tab) => (
          <Radix.Trigger key={tab.id} value={tab.id} className={styles.tab}>
            {tab.label}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content key={tab.id} value={tab.id} tabIndex={-1}>
          {tab.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  )
}
