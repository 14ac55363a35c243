const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** Before each try, counted from the end of the one before. */
const DELAYS_MS = [0, 300, 5000, MINUTE_MS, 10 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, 21 * HOUR_MS] as const
/** As long as an event has had fewer tries, the later ones of its room wait for it. */
export const HOLDING_TRIES = 3
/** A subscription of which nothing has succeeded for so long is disabled. */
export const FAILING_MS = 5 * 24 * HOUR_MS
/** Up to so much is added to a delay, so that what failed together does not come back together. */
const JITTER = 0.2
/**
 * A first try this late (Parley was away, an earlier event held it back) says when it is sent, not when it
 * happened: receivers refuse timestamps that are 120 s old.
 */
const FRESH_MS = 60_000

/** How long to wait after `tries` failed ones, in ms; null when that was the last. `random`: 0 to 1. */
export function delayAfter(tries: number, random: number): number | null {
  const delay = DELAYS_MS[tries]
  return delay === undefined ? null : Math.round(delay * (1 + JITTER * random))
}

/** The X-Timestamp of a try: when the event happened on the first one, when it is sent on all others. */
export const timestampOf = (createdAt: number, triesBefore: number, now: number): number =>
  triesBefore === 0 && Math.abs(now - createdAt) < FRESH_MS ? createdAt : now
