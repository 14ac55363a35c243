/** At most so many are inside; who stays longer than {@link HOLD_MS} counts no more. */
const PLACES = 16
const HOLD_MS = 20

/**
 * Spreads the sending over time, so that between two of its steps the process has a moment for requests. A slow
 * receiver gives its place back soon and so keeps nobody waiting.
 */
export class Gate {
  #free = PLACES
  readonly #queue: (() => void)[] = []

  /** Resolves when there is a place; call what it gives when done. */
  async enter(): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((resolve) => this.#queue.push(resolve))
    let isInside = true
    const leave = () => {
      if (!isInside) return
      isInside = false
      clearTimeout(timer)
      const next = this.#queue.shift()
      if (next === undefined) this.#free += 1
      else next()
    }
    const timer = setTimeout(leave, HOLD_MS)
    return leave
  }
}
