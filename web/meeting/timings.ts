/** Moments that the benches read. */
export type Timing = 'lobby-alive' | 'join-click' | 'connected' | 'first-remote-frame'

declare global {
  interface Window {
    /** Milliseconds since the page was opened, by `parley:<moment>`; the first time each came. */
    __parleyTimings?: Partial<Record<`parley:${Timing}`, number>>
  }
}

/** Marks a moment, once: a rejoin does not overwrite what the first join took. */
export const markTiming = (moment: Timing): void => {
  const timings = (window.__parleyTimings ??= {})
  const name = `parley:${moment}` as const
  timings[name] ??= performance.mark(name).startTime
}
