import type { ReactNode } from 'react'
import { Tooltip as Radix } from 'radix-ui'
import styles from './tooltip.module.css'

export const TooltipProvider = ({ children }: { children: ReactNode }) => (
  <Radix.Provider delayDuration={400} skipDelayDuration={200}>
    {children}
  </Radix.Provider>
)

/** Shows `text` beside its child on hover and focus. The child must take a ref and must be named by itself. */
export function Tooltip({
  text,
  side = 'bottom',
  off = false,
  children,
}: {
  text: string
  side?: 'top' | 'right' | 'bottom' | 'left'
  off?: boolean
  children: ReactNode
}) {
  if (off) return children
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content side={side} sideOffset={6} collisionPadding={8} className={styles.tip}>
          {text}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
