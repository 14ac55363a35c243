import type { CSSProperties, KeyboardEvent, RefObject } from 'react'
import { useId, useLayoutEffect, useRef, useState } from 'react'
import { useText, type TextKey } from '../../locales/console.ts'
import { classNames } from '../../ui/class-names.ts'
import table from '../../ui/table.module.css'
import { VisuallyHidden } from '../../ui/visually-hidden.tsx'
import type { Interval } from './keys.ts'
import { OUTCOMES, sumOf, ticksOf, type Bucket, type Outcome } from './usage-buckets.ts'
import styles from './usage-chart.module.css'

const PLOT_HEIGHT = 168
const TOP = 12
const BOTTOM = 24
const LEFT = 44
const RIGHT = 8
/** As in the style sheet. */
const TIP_WIDTH = 172

/** Days are those of UTC, as the server counts; hours are shown where the reader is. */
function useBucketNames(interval: Interval) {
  const { locale } = useText()
  const form = (options: Intl.DateTimeFormatOptions) => {
    const formatter = new Intl.DateTimeFormat(
      locale,
      interval === 'day' ? { ...options, timeZone: 'UTC' } : options,
    )
    return ({ at }: Bucket) => formatter.format(at)
  }
  return interval === 'hour'
    ? {
        // Minutes only where the clock is not a whole number of hours from UTC.
        short: form(
          new Date(0).getMinutes() === 0 ? { hour: 'numeric' } : { hour: 'numeric', minute: '2-digit' },
        ),
        long: form({ weekday: 'short', hour: 'numeric', minute: '2-digit' }),
        every: 6,
      }
    : {
        short: form({ day: 'numeric', month: 'short' }),
        long: form({ weekday: 'short', day: 'numeric', month: 'long' }),
        every: 7,
      }
}

/** Requests over time, stacked by how they were answered. One stop for the keyboard: arrow keys go from bar to bar. */
export function UsageChart({ buckets, interval }: { buckets: Bucket[]; interval: Interval }) {
  const { t, locale } = useText()
  const names = useBucketNames(interval)
  const frame = useRef<HTMLDivElement>(null)
  const width = useWidth(frame)
  const [active, setActive] = useState<number | null>(null)
  const [isByKey, setByKey] = useState(false)
  const id = useId()
  const number = new Intl.NumberFormat(locale)
  const compact = new Intl.NumberFormat(locale, { notation: 'compact' })

  const ticks = ticksOf(Math.max(...buckets.map(({ total }) => total)))
  const top = ticks.at(-1) ?? 1
  const pitch = Math.max(0, width - LEFT - RIGHT) / buckets.length
  const y = (value: number) => TOP + PLOT_HEIGHT * (1 - value / top)
  const told = (bucket: Bucket) =>
    `${names.long(bucket)}: ${OUTCOMES.map((outcome) => `${t(`keys.${outcome}`)} ${number.format(bucket[outcome])}`).join(', ')}`
  const shown = active === null ? undefined : buckets[active]

  /** The tip stands beside its bar, towards the middle, and within the frame, however small that is. */
  const beside = (i: number): CSSProperties => {
    const room = Math.max(0, width - TIP_WIDTH)
    return i < buckets.length / 2
      ? { left: Math.min(LEFT + (i + 1) * pitch + 8, room) }
      : { right: Math.min(width - LEFT - i * pitch + 8, room) }
  }

  const onKeyDown = (event: KeyboardEvent) => {
    const last = buckets.length - 1
    const target = {
      ArrowLeft: Math.max(0, (active ?? last + 1) - 1),
      ArrowRight: Math.min(last, (active ?? -1) + 1),
      Home: 0,
      End: last,
      Escape: null,
    }[event.key]
    if (target === undefined) return
    event.preventDefault()
    setByKey(true)
    setActive(target)
  }

  return (
    <div className={styles.chart}>
      <ul className={styles.legend} aria-hidden="true">
        {OUTCOMES.map((outcome) => (
          <li key={outcome}>
            <svg width={14} height={14}>
              <rect
                width={14}
                height={14}
                rx={3}
                fill={`url(#${id}-${outcome})`}
                className={styles[outcome]}
              />
            </svg>
            {t(`keys.${outcome}`)} <strong>{number.format(sumOf(buckets, outcome))}</strong>
          </li>
        ))}
      </ul>
      {/* The bars are read one by one with the arrow keys, so the frame must be reachable by keyboard. */}
      <div
        ref={frame}
        className={styles.frame}
        role="group"
        tabIndex={0}
        aria-label={t('keys.chartKeys')}
        onKeyDown={onKeyDown}
        onBlur={() => setActive(null)}
        onPointerLeave={() => setActive(null)}
      >
        <svg
          className={styles.svg}
          width="100%"
          height={TOP + PLOT_HEIGHT + BOTTOM}
          role="img"
          aria-label={t(CHART_TITLES[interval], {
            total: number.format(sumOf(buckets, 'total')),
            refused: number.format(sumOf(buckets, 'refused')),
            failed: number.format(sumOf(buckets, 'failed')),
          })}
        >
          <defs>
            <Pattern id={`${id}-succeeded`} outcome="succeeded" />
            <Pattern id={`${id}-refused`} outcome="refused" />
            <Pattern id={`${id}-failed`} outcome="failed" />
          </defs>
          {ticks.map((tick) => (
            <g key={tick}>
              <line
                className={tick === 0 ? styles.base : styles.line}
                x1={LEFT}
                x2={Math.max(LEFT, width - RIGHT)}
                y1={y(tick)}
                y2={y(tick)}
              />
              <text className={styles.text} x={LEFT - 8} y={y(tick)} dy="0.32em" textAnchor="end">
                {compact.format(tick)}
              </text>
            </g>
          ))}
          {width > 0 &&
            buckets.map((bucket, i) => (
              <g
                key={bucket.at}
                onPointerMove={() => {
                  setByKey(false)
                  setActive(i)
                }}
              >
                <rect
                  className={classNames(styles.column, active === i && styles.active)}
                  x={LEFT + i * pitch}
                  y={TOP}
                  width={pitch}
                  height={PLOT_HEIGHT}
                />
                <Bar bucket={bucket} x={LEFT + i * pitch} pitch={pitch} y={y} id={id} />
                {(buckets.length - 1 - i) % names.every === 0 && (
                  <text
                    className={styles.text}
                    x={LEFT + (i + 0.5) * pitch}
                    y={TOP + PLOT_HEIGHT + 18}
                    textAnchor={i === buckets.length - 1 ? 'end' : 'middle'}
                    dx={i === buckets.length - 1 ? pitch / 2 : 0}
                  >
                    {names.short(bucket)}
                  </text>
                )}
              </g>
            ))}
        </svg>
        {shown !== undefined && active !== null && (
          <div className={styles.tip} style={beside(active)} aria-hidden="true">
            <strong>{names.long(shown)}</strong>
            {OUTCOMES.map((outcome) => (
              <span key={outcome}>
                {t(`keys.${outcome}`)} <span className={styles.count}>{number.format(shown[outcome])}</span>
              </span>
            ))}
          </div>
        )}
        <VisuallyHidden>
          <span aria-live="polite">{isByKey && shown !== undefined ? told(shown) : ''}</span>
        </VisuallyHidden>
      </div>
      <UsageTable buckets={buckets} interval={interval} />
    </div>
  )
}

const CHART_TITLES = { hour: 'keys.chartHours', day: 'keys.chartDays' } satisfies Record<Interval, TextKey>

/** A kind of answer is told by its texture too: full, striped, chequered. */
function Pattern({ id, outcome }: { id: string; outcome: Outcome }) {
  return (
    <pattern id={id} className={styles[outcome]} width={6} height={6} patternUnits="userSpaceOnUse">
      <rect className={outcome === 'succeeded' ? styles.ink : styles.paper} width={6} height={6} />
      {outcome === 'refused' && (
        <path className={styles.stroke} d="M-1.5 1.5 1.5 -1.5M-1 7 7 -1M4.5 7.5 7.5 4.5" />
      )}
      {outcome === 'failed' && <path className={styles.ink} d="M0 0h3v3h-3zM3 3h3v3h-3z" />}
    </pattern>
  )
}

function Bar({
  bucket,
  x,
  pitch,
  y,
  id,
}: {
  bucket: Bucket
  x: number
  pitch: number
  y: (value: number) => number
  id: string
}) {
  const gap = Math.min(6, pitch / 4)
  let below = 0
  return OUTCOMES.map((outcome) => {
    const value = bucket[outcome]
    if (value === 0) return null
    const bottom = y(below)
    below += value
    // A single failure among thousands must be seen.
    const height = Math.max(2, bottom - y(below))
    return (
      <rect
        key={outcome}
        data-outcome={outcome}
        className={classNames(styles.bar, styles[outcome])}
        x={x + gap / 2}
        y={bottom - height}
        width={Math.max(1, pitch - gap)}
        height={height}
        fill={`url(#${id}-${outcome})`}
      />
    )
  })
}

/** The same numbers to read; buckets without requests are left out. */
function UsageTable({ buckets, interval }: { buckets: Bucket[]; interval: Interval }) {
  const { t, locale } = useText()
  const names = useBucketNames(interval)
  const number = new Intl.NumberFormat(locale)
  return (
    <details className={styles.details}>
      <summary>{t('keys.chartTable')}</summary>
      <div className={table.scroll}>
        <table className={classNames(table.table, styles.numbers)} aria-label={t('keys.chartTable')}>
          <thead>
            <tr>
              <th scope="col">{t(interval === 'hour' ? 'keys.hour' : 'keys.day')}</th>
              {OUTCOMES.map((outcome) => (
                <th key={outcome} scope="col" className={table.end}>
                  {t(`keys.${outcome}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {buckets
              .filter(({ total }) => total > 0)
              .toReversed()
              .map((bucket) => (
                <tr key={bucket.at}>
                  <th scope="row">{names.long(bucket)}</th>
                  {OUTCOMES.map((outcome) => (
                    <td key={outcome} className={table.end}>
                      {number.format(bucket[outcome])}
                    </td>
                  ))}
                </tr>
              ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}

/** The width of an element in pixels, kept up to date; 0 before it is known. */
function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    if (element.current === null) return undefined
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)))
    observer.observe(element.current)
    return () => observer.disconnect()
  }, [element])
  return width
}
