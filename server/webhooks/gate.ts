import { performance } from 'node:perf_hooks'
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'

/** At most so many are inside; who stays longer than {@link HOLD_MS} counts no more. */
const PLACES = 8
const HOLD_MS = 10
/** Who enters before the process turns to something else. */
const AT_ONCE = 2
/** When the process was busy for so long, nobody enters for a share of that time: requests have it to themselves. */
const BURST_MS = 4
const REST_SHARE = 0.5
const MAX_REST_MS = 20

/**
 * Spreads the sending over time, so that requests come first: between two of its steps the process looks for them, and
 * a busy process sends less. A slow receiver gives its place back soon and so keeps nobody waiting.
 */
export class Gate {
  #free = PLACES
  readonly #queue: ((leave: () => void) => void)[] = []
  #isAdmitting = false

  /** Resolves when there is a place; call what it gives when done. */
  enter(): Promise<() => void> {
    return new Promise((resolve) => {
      this.#queue.push(resolve)
      void this.#admit()
    })
  }

  async #admit(): Promise<void> {
    if (this.#isAdmitting) return
    this.#isAdmitting = true
    let since = performance.eventLoopUtilization()
    while (this.#free > 0 && this.#queue.length > 0) {
      for (let i = 0; i < AT_ONCE && this.#free > 0; i++) {
        const enter = this.#queue.shift()
        if (enter === undefined) break
        enter(this.#takePlace())
      }
      await nextTurn()
      const { active } = performance.eventLoopUtilization(since)
      if (active < BURST_MS) continue
      await delay(Math.min(active * REST_SHARE, MAX_REST_MS))
      since = performance.eventLoopUtilization()
    }
    this.#isAdmitting = false
  }

  #takePlace(): () => void {
    this.#free -= 1
    let isInside = true
    const leave = () => {
      if (!isInside) return
      isInside = false
      clearTimeout(timer)
      this.#free += 1
      if (this.#queue.length > 0) void this.#admit()
    }
    const timer = setTimeout(leave, HOLD_MS)
    return leave
  }
}
