import { Check, type LucideIcon } from 'lucide-react'
import {
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
} from 'react'
import { createPortal } from 'react-dom'
import { classNames } from '../../ui/class-names.ts'
import styles from './Menu.module.css'

export type MenuItem =
  | { kind: 'heading'; label: string }
  | {
      kind: 'action'
      id?: string
      label: string
      icon?: LucideIcon
      isDanger?: boolean
      onSelect: () => void
    }
  | { kind: 'choice'; label: string; isChosen: boolean; onSelect: () => void }
  /** A sign without words, in a row with others. */
  | { kind: 'reaction'; label: string; sign: string; onSelect: () => void }
  /** One of several that are on or off by themselves. */
  | { kind: 'switch'; label: string; isOn: boolean; onSelect: () => void }

interface TriggerProps {
  id?: string
  type: 'button'
  'aria-haspopup': 'menu'
  'aria-expanded': boolean
  'aria-controls': string | undefined
  onClick: () => void
}

interface MenuProps {
  label: string
  items: readonly MenuItem[]
  /** Side by side, for signs without words. */
  isRow?: boolean
  /** The list follows its items while it is open. Elsewhere nothing moves: nobody shall press what just came there. */
  isLive?: boolean
  renderTrigger: (props: TriggerProps) => ReactNode
}

const EDGE = 8

/**
 * A button and what it opens: above it where there is room, else below; a sheet in a narrow window. Arrow
 * keys, Home, End and letters move, Escape and a press outside close, the focus comes back to the button.
 */
export function Menu({ label, items, isRow, isLive, renderTrigger }: MenuProps) {
  const [isOpen, setOpen] = useState(false)
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const id = useId()
  const close = (isFocusKept: boolean) => {
    setOpen(false)
    if (isFocusKept) anchor?.querySelector<HTMLElement>('[aria-haspopup]')?.focus()
  }
  return (
    <span ref={setAnchor} className={styles.anchor}>
      {renderTrigger({
        type: 'button',
        'aria-haspopup': 'menu',
        'aria-expanded': isOpen,
        'aria-controls': isOpen ? id : undefined,
        onClick: () => setOpen(!isOpen),
      })}
      {isOpen && (
        <MenuList
          id={id}
          label={label}
          items={items}
          isRow={isRow}
          isLive={isLive}
          anchor={anchor}
          onClose={close}
        />
      )}
    </span>
  )
}

interface MenuListProps extends Omit<MenuProps, 'renderTrigger'> {
  id: string
  anchor: HTMLElement | null
  onClose: (isFocusKept: boolean) => void
}

/** The list alone, for what is opened by other means than its button: the menu key, the right mouse button. */
export function MenuList({ id, label, items, isRow, isLive, anchor, onClose }: MenuListProps) {
  const [first] = useState(items)
  const shown = isLive ? items : inPlace(first, items)
  const list = useRef<HTMLDivElement>(null)

  useLayoutEffect(() => {
    const element = list.current
    if (!element || !anchor) return
    // The span around the button has no box of its own.
    place(element, (anchor.firstElementChild ?? anchor).getBoundingClientRect())
    focusItem(
      element,
      element.querySelector('[role="menuitemradio"][aria-checked="true"]') ? 'chosen' : 'first',
    )
  }, [anchor])

  useEffect(() => {
    const onPointerDown = ({ target }: PointerEvent) => {
      if (target instanceof Node && !list.current?.contains(target) && !anchor?.contains(target))
        onClose(false)
    }
    const onResize = () => onClose(false)
    document.addEventListener('pointerdown', onPointerDown)
    window.addEventListener('resize', onResize)
    return () => {
      document.removeEventListener('pointerdown', onPointerDown)
      window.removeEventListener('resize', onResize)
    }
  }, [anchor, onClose])

  const onKeyDown = (event: KeyboardEvent) => {
    const element = list.current
    if (!element) return
    if (event.key === 'Escape' || event.key === 'Tab') {
      event.stopPropagation()
      onClose(true)
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowRight') focusItem(element, 'next')
    else if (event.key === 'ArrowUp' || event.key === 'ArrowLeft') focusItem(element, 'previous')
    else if (event.key === 'Home') focusItem(element, 'first')
    else if (event.key === 'End') focusItem(element, 'last')
    else if (event.key.length === 1 && event.key !== ' ') focusLetter(element, event.key)
    else return
    event.preventDefault()
  }

  const choose = (run: () => void) => () => {
    onClose(true)
    run()
  }

  return createPortal(
    <>
      <div className={styles.shade} aria-hidden="true" />
      <div
        ref={list}
        id={id}
        role="menu"
        aria-label={label}
        tabIndex={-1}
        className={classNames(styles.menu, isRow && styles.row)}
        onKeyDown={onKeyDown}
      >
        {shown.map((item, index) => {
          const key = `${item.kind}-${index}`
          if (item.kind === 'heading') {
            return (
              <p key={key} className={styles.heading} role="presentation">
                {item.label}
              </p>
            )
          }
          if (item.kind === 'choice' || item.kind === 'switch') {
            return (
              <button
                key={key}
                type="button"
                role={item.kind === 'choice' ? 'menuitemradio' : 'menuitemcheckbox'}
                aria-checked={item.kind === 'choice' ? item.isChosen : item.isOn}
                tabIndex={-1}
                className={styles.item}
                onClick={choose(item.onSelect)}
              >
                <Check aria-hidden className={styles.check} />
                <span className={styles.text}>{item.label}</span>
              </button>
            )
          }
          if (item.kind === 'reaction') {
            return (
              <button
                key={key}
                type="button"
                role="menuitem"
                aria-label={item.label}
                title={item.label}
                tabIndex={-1}
                className={styles.sign}
                onClick={choose(item.onSelect)}
              >
                {item.sign}
              </button>
            )
          }
          const Icon = item.icon
          return (
            <button
              key={key}
              id={item.id}
              type="button"
              role="menuitem"
              tabIndex={-1}
              className={styles.item}
              data-danger={item.isDanger}
              onClick={choose(item.onSelect)}
            >
              {Icon && <Icon aria-hidden />}
              <span className={styles.text}>{item.label}</span>
            </button>
          )
        })}
      </div>
    </>,
    document.body,
  )
}

const isSame = (one: MenuItem, other: MenuItem) => one.kind === other.kind && one.label === other.label

/** What was there when the list opened stays where it was; what has come since follows at the end. */
const inPlace = (first: readonly MenuItem[], now: readonly MenuItem[]): MenuItem[] => [
  ...first.map((item) => now.find((one) => isSame(one, item)) ?? item),
  ...now.filter((item) => !first.some((one) => isSame(one, item))),
]

/** In a narrow window the style sheet makes it a sheet, whatever is set here. */
const place = (menu: HTMLElement, anchor: DOMRect) => {
  const { width, height } = menu.getBoundingClientRect()
  const left = Math.min(Math.max(EDGE, anchor.left + anchor.width / 2 - width / 2), innerWidth - width - EDGE)
  const above = anchor.top - EDGE - height
  const top = above >= EDGE ? above : Math.min(anchor.bottom + EDGE, innerHeight - height - EDGE)
  menu.style.setProperty('--left', `${Math.round(left)}px`)
  menu.style.setProperty('--top', `${Math.round(Math.max(EDGE, top))}px`)
}

const itemsOf = (menu: HTMLElement) => [...menu.querySelectorAll<HTMLElement>('[role^="menuitem"]')]

const focusItem = (menu: HTMLElement, where: 'first' | 'last' | 'next' | 'previous' | 'chosen') => {
  const items = itemsOf(menu)
  const current = items.findIndex((item) => item === document.activeElement)
  const index = {
    first: 0,
    last: items.length - 1,
    next: (current + 1) % items.length,
    previous: (current - 1 + items.length) % items.length,
    chosen: items.findIndex((item) => item.getAttribute('aria-checked') === 'true'),
  }[where]
  const target = items[index] ?? menu
  target.focus()
}

const focusLetter = (menu: HTMLElement, letter: string) => {
  const items = itemsOf(menu)
  const current = items.findIndex((item) => item === document.activeElement)
  const after = [...items.slice(current + 1), ...items.slice(0, current + 1)]
  after.find((item) => item.textContent?.trim().toLowerCase().startsWith(letter.toLowerCase()))?.focus()
}
