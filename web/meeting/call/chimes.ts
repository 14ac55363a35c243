import type { PreferenceStore } from '../../lobby/index.ts'

/** Notes in Hz, each 110 ms: short and quiet enough not to be in the way of who speaks. */
const CHIMES = { knock: [659.25, 523.25], hand: [783.99] } as const
const NOTE_SECONDS = 0.11
/** About -18 LUFS for a sine. */
const GAIN = 0.12
const APART_MS = 1500

/** Short sounds for what a moderator should not miss. Each can be switched off for good. */
export class Chimes {
  #preferences: PreferenceStore
  #context: AudioContext | null = null
  #playedAt = -Infinity

  constructor(preferences: PreferenceStore) {
    this.#preferences = preferences
  }

  /** Twenty who knock at once are one sound. Never fails: without sound there is still what is seen. */
  async play(name: keyof typeof CHIMES): Promise<void> {
    const now = performance.now()
    if (!this.#preferences.current.areSoundsOn || now - this.#playedAt < APART_MS) return
    this.#playedAt = now
    try {
      const context = (this.#context ??= new AudioContext())
      const { speakerId } = this.#preferences.current
      // Known to Chrome alone; elsewhere it plays on the system's speaker.
      const output = context as AudioContext & { setSinkId?: (id: string) => Promise<void> }
      if (speakerId !== null) await output.setSinkId?.(speakerId)
      await context.resume()
      CHIMES[name].forEach((hz, index) => this.#note(context, hz, context.currentTime + index * NOTE_SECONDS))
    } catch {
      // No sound device, or the browser holds sound back.
    }
  }

  #note(context: AudioContext, hz: number, startAt: number): void {
    const oscillator = context.createOscillator()
    const gain = context.createGain()
    oscillator.frequency.value = hz
    // Faded at both ends: an abrupt edge is heard as a click.
    gain.gain.setValueAtTime(0, startAt)
    gain.gain.linearRampToValueAtTime(GAIN, startAt + 0.01)
    gain.gain.setTargetAtTime(0, startAt + NOTE_SECONDS * 0.6, 0.03)
    oscillator.connect(gain).connect(context.destination)
    oscillator.start(startAt)
    oscillator.stop(startAt + NOTE_SECONDS * 2)
  }
}
