import { describe, expect, it } from 'vitest'
import { levelOf } from './level-meter.ts'

const tone = (amplitude: number) => Float32Array.from({ length: 480 }, (_, i) => amplitude * Math.sin(i / 3))

describe('levelOf', () => {
  it('is nought for silence, grows with loudness and never leaves 0 to 1', () => {
    expect(levelOf(new Float32Array(480))).toBe(0)
    expect(levelOf(new Float32Array(0))).toBe(0)
    expect(levelOf(tone(0.02))).toBeGreaterThan(0.2)
    expect(levelOf(tone(0.1))).toBeGreaterThan(levelOf(tone(0.02)))
    expect(levelOf(tone(1))).toBe(1)
  })
})
