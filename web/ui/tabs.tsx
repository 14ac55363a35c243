import type { ReactNode } from 'react'
import { Tabs as Radix } from 'radix-ui'
import styles from './tabs.module.css'

/** A row of tabs, each with what it shows; arrow keys move between them. */
export const Tabs = ({
  label,
  tabs,
}: {
  label: string
  tabs: { id: string; label: string; content: ReactNode }[]
}) => (
  <Radix.Root defaultValue={tabs[0]?.id}>
    <Radix.List className={styles.list} aria-label={label}>
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
