const NOTES_HZ = [523.25, 659.25]
const NOTE_SECONDS = 0.28
const GAIN = 0.16

/** Whether this browser lets a page choose where sound goes. */
export const canChooseSpeaker = (): boolean => 'setSinkId' in HTMLMediaElement.prototype

/**
 * Plays two short notes on a speaker, null for the system's, and resolves when they are over. Throws where
 * the browser refuses to play or the speaker is gone.
 */
export const playTestTone = async (speakerId: string | null): Promise<void> => {
  const context = new AudioContext()
  const element = new Audio()
  try {
    // Through an element: setSinkId on a context is known to Chrome alone.
    const output = context.createMediaStreamDestination()
    element.srcObject = output.stream
    if (speakerId !== null && canChooseSpeaker()) await element.setSinkId(speakerId)
    await context.resume()
    await element.play()
    const startAt = context.currentTime + 0.05
    await Promise.all(
      NOTES_HZ.map((hz, index) => playNote(context, output, hz, startAt + index * NOTE_SECONDS)),
    )
  } finally {
    element.pause()
    element.srcObject = null
    await context.close()
  }
}

const playNote = (context: AudioContext, output: AudioNode, hz: number, startAt: number): Promise<void> =>
  new Promise((resolve) => {
    const oscillator = context.createOscillator()
    const gain = context.createGain()
    oscillator.frequency.value = hz
    // Faded at both ends: an abrupt edge is heard as a click.
    gain.gain.setValueAtTime(0, startAt)
    gain.gain.linearRampToValueAtTime(GAIN, startAt + 0.02)
    gain.gain.setTargetAtTime(0, startAt + NOTE_SECONDS * 0.5, 0.05)
    oscillator.connect(gain).connect(output)
    oscillator.addEventListener('ended', () => resolve())
    oscillator.start(startAt)
    oscillator.stop(startAt + NOTE_SECONDS)
  })
