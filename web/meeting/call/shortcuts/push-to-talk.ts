interface PushToTalkParts {
  isOn: () => boolean
  /** Sets the microphone, without changing what is remembered for the next meeting. */
  set: (isOn: boolean) => Promise<void>
}

/**
 * Holding the key turns the microphone round: talks while it is off, is silent while it is on. Letting go turns it
 * back, also when the window loses the keyboard meanwhile.
 */
export class PushToTalk {
  #parts: PushToTalkParts
  #turned: Promise<void> | null = null
  #wasOn = false

  constructor(parts: PushToTalkParts) {
    this.#parts = parts
  }

  press(): void {
    if (this.#turned) return
    this.#wasOn = this.#parts.isOn()
    this.#turned = this.#parts.set(!this.#wasOn)
  }

  /** Waits for a microphone that is still being opened: letting go early must not leave it open. */
  async release(): Promise<void> {
    const turned = this.#turned
    if (!turned) return
    this.#turned = null
    await turned
    if (this.#turned === null) await this.#parts.set(this.#wasOn)
  }
}
