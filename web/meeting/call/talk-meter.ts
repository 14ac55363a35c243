interface TalkMeterParts {
  send: (talkMs: number) => Promise<void>
  now?: () => number
}

/** Adds up how long somebody is heard, and tells it in pieces; what could not be told goes with the next piece. */
export class TalkMeter {
  #parts: Required<TalkMeterParts>
  #since: number | null = null
  #unsentMs = 0
  #hasTold = false
  #isSending = false

  constructor(parts: TalkMeterParts) {
    this.#parts = { now: () => performance.now(), ...parts }
  }

  turn(isHeard: boolean): void {
    this.#count()
    this.#since = isHeard ? (this.#since ?? this.#parts.now()) : null
  }

  /** Tells what is new; the first time also that it is nothing, so that silence is known from what is not measured. */
  async report(): Promise<void> {
    if (this.#isSending) return
    this.#count()
    const talkMs = Math.round(this.#unsentMs)
    if (talkMs === 0 && this.#hasTold) return
    this.#unsentMs = 0
    this.#isSending = true
    try {
      await this.#parts.send(talkMs)
      this.#hasTold = true
    } catch {
      this.#unsentMs += talkMs
    }
    this.#isSending = false
  }

  #count(): void {
    if (this.#since === null) return
    const now = this.#parts.now()
    this.#unsentMs += now - this.#since
    this.#since = now
  }
}
