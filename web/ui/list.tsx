import type { ReactNode } from 'react'
import { useEffect, useRef, useState } from 'react'
import { Button } from './button.tsx'
import { classNames } from './class-names.ts'
import { BareSelect, SearchField } from './field.tsx'
import styles from './list.module.css'
import { advance, ask, follow, isAwaited, NO_PAGE, type NextPage, type Pages } from './next-page.ts'
import { Skeleton } from './skeleton.tsx'
import table from './table.module.css'

export interface Selection<T> {
  /** Those of the listed items that are ticked. */
  chosen: T[]
  has: (item: T) => boolean
  toggle: (item: T, isOn: boolean) => void
  set: (items: T[]) => void
  clear: () => void
}

/** Which of `items` are ticked. What is no longer listed cannot stay ticked unseen. */
export function useSelection<T>(items: T[], idOf: (item: T) => string): Selection<T> {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  const has = (item: T) => ids.has(idOf(item))
  return {
    chosen: items.filter(has),
    has,
    toggle: (item, isOn) => {
      const next = new Set(ids)
      if (isOn) next.add(idOf(item))
      else next.delete(idOf(item))
      setIds(next)
    },
    set: (chosen) => setIds(new Set(chosen.map(idOf))),
    clear: () => setIds(new Set()),
  }
}

interface TickProps<T> {
  label: string
  selection: Selection<T>
}

/** The tick of one row. */
export const Tick = <T,>({
  label,
  selection,
  item,
  disabled,
}: TickProps<T> & { item: T; disabled: boolean }) => (
  <input
    type="checkbox"
    className={table.tick}
    aria-label={label}
    checked={selection.has(item)}
    disabled={disabled}
    onChange={(event) => selection.toggle(item, event.target.checked)}
  />
)

/** The tick in the head: all of what may be ticked, or nothing. */
export function TickAll<T>({ label, selection, items }: TickProps<T> & { items: T[] }) {
  const count = items.filter(selection.has).length
  return (
    <input
      type="checkbox"
      className={table.tick}
      aria-label={label}
      checked={count > 0 && count === items.length}
      disabled={items.length === 0}
      ref={(tick) => {
        if (tick) tick.indeterminate = count > 0 && count < items.length
      }}
      onChange={(event) => selection.set(event.target.checked ? items : [])}
    />
  )
}

/** In place of the filters while something is ticked: how many, and in `children` what can be done with them. */
export const SelectionBar = ({
  text,
  clear,
  onClear,
  children,
}: {
  text: string
  clear: string
  onClear: () => void
  children: ReactNode
}) => (
  <div className={styles.bar}>
    <span className={styles.selection} role="status">
      {text}
    </span>
    <span className={styles.spring} />
    <Button variant="ghost" onClick={onClear}>
      {clear}
    </Button>
    {children}
  </div>
)

/** The filters above a table; `isBelow` a card's title they need no room of their own. */
export const FilterBar = ({ isBelow = false, children }: { isBelow?: boolean; children: ReactNode }) => (
  <div className={classNames(styles.bar, isBelow && styles.below)}>{children}</div>
)

/** Keeps search and choices apart in a bar. */
export const Spring = () => <span className={styles.spring} />

const TYPING_MS = 250

/** A search box that tells what was typed once typing pauses. */
export function SearchBox({
  label,
  value,
  maxLength,
  onChange,
}: {
  label: string
  value: string
  maxLength?: number
  onChange: (text: string) => void
}) {
  const [typed, setTyped] = useState(value)
  const told = useRef(value)
  useEffect(() => {
    // Changed by somebody else, such as the button that clears the filters.
    if (value === told.current) return
    told.current = value
    setTyped(value)
  }, [value])
  // Anew after each render, so that it never acts on an older filter.
  useEffect(() => {
    if (typed === told.current) return undefined
    const timer = setTimeout(() => {
      told.current = typed
      onChange(typed)
    }, TYPING_MS)
    return () => clearTimeout(timer)
  })
  return (
    <SearchField
      className={styles.search}
      label={label}
      value={typed}
      maxLength={maxLength}
      onChange={(event) => setTyped(event.target.value)}
    />
  )
}

/** One of a few, by their names. */
export const ChoiceSelect = <T extends string>({
  label,
  value,
  choices,
  onChange,
}: {
  label: string
  value: T
  choices: (readonly [value: T, name: string])[]
  onChange: (value: T) => void
}) => (
  <BareSelect
    label={label}
    value={value}
    onChange={(event) => {
      const chosen = choices.find(([one]) => one === event.target.value)
      if (chosen) onChange(chosen[0])
    }}
  >
    {choices.map(([one, name]) => (
      <option key={one} value={one}>
        {name}
      </option>
    ))}
  </BareSelect>
)

interface MoreProps {
  query: Pages
  children: ReactNode
}

/** Asks for the next page of a list, see {@link follow}; nothing once all is here. */
export function MoreButton({ query, children }: MoreProps) {
  const [known, setKnown] = useState<NextPage>(NO_PAGE)
  const next = follow(known, query)
  if (next !== known) setKnown(next)
  useEffect(() => advance(next, query))
  if (!next.isThere) return null
  return (
    <Button busy={isAwaited(next, query)} onClick={() => setKnown(ask(next, query))}>
      {children}
    </Button>
  )
}

/** {@link MoreButton} as the foot of a list. */
export const LoadMore = ({ query, children }: MoreProps) => (
  <div className={styles.foot}>
    <MoreButton query={query}>{children}</MoreButton>
  </div>
)

const ROWS = ['44%', '30%', '52%', '38%']

/** Rows to come; `lead` is what stands first in them (width and height in px), `end` tells whether something ends them. */
export const ListSkeleton = ({ lead, end = false }: { lead?: [number, number]; end?: boolean }) => (
  <div className={styles.skeletons} aria-hidden="true">
    {ROWS.map((width) => (
      <div key={width}>
        {lead && <Skeleton width={lead[0]} height={lead[1]} />}
        <Skeleton width={width} />
        {end && (
          <>
            <Spring />
            <Skeleton width={72} height={22} />
          </>
        )}
      </div>
    ))}
  </div>
)
