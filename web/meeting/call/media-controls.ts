import { createStore, type StoreApi } from 'zustand/vanilla'
import {
  classifyFault,
  isAllowedByPolicy,
  type DeviceFault,
  type DeviceKind,
  type PreferenceStore,
} from '../../lobby/index.ts'
import type { LiveKitConnection } from './connection.ts'
import { watchParticipant } from './participant-view.ts'

export interface MediaBusy {
  microphone: boolean
  camera: boolean
  screen: boolean
}

interface MediaControlsParts {
  /** Null between two connections. */
  connection: () => LiveKitConnection | null
  preferences: PreferenceStore
  onFault: (device: 'microphone' | 'camera' | 'screen', fault: DeviceFault) => void
  /** The one that was picked earlier is not connected; the label is that of the one used. */
  onOtherDevice: (label: string) => void
}

/**
 * What the buttons and shortcuts do. Each device takes one change at a time: presses while one is under way
 * are dropped. Faults are reported, never thrown.
 */
export class MediaControls {
  readonly store: StoreApi<MediaBusy> = createStore<MediaBusy>(() => ({
    microphone: false,
    camera: false,
    screen: false,
  }))
  #parts: MediaControlsParts
  #told: Partial<Record<DeviceKind, string>> = {}
  #listeners = new Set<MediaControlsParts['onFault']>()

  constructor(parts: MediaControlsParts) {
    this.#parts = parts
  }

  /** Hears of faults, too; returns the way to stop. */
  listen(listener: MediaControlsParts['onFault']): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async toggleMicrophone(): Promise<void> {
    const connection = this.#parts.connection()
    if (!connection) return
    const isOn = !watchParticipant(connection.room.localParticipant).getSnapshot().isMicrophoneOn
    await this.#once('microphone', () => connection.setMicrophone(isOn))
    if (isOn) this.#tellOtherDevice('microphone')
    this.#parts.preferences.save({ isMicrophoneOn: isOn })
  }

  /** For a moment, and not for the next meeting. */
  async setMicrophone(isOn: boolean): Promise<void> {
    const connection = this.#parts.connection()
    if (connection) await this.#once('microphone', () => connection.setMicrophone(isOn))
  }

  async toggleCamera(): Promise<void> {
    const connection = this.#parts.connection()
    if (!connection) return
    const isOn = !watchParticipant(connection.room.localParticipant).getSnapshot().isCameraOn
    await this.#once('camera', () => connection.setCamera(isOn))
    if (isOn) this.#tellOtherDevice('camera')
    this.#parts.preferences.save({ isCameraOn: isOn })
  }

  async toggleShare(): Promise<void> {
    const connection = this.#parts.connection()
    if (!connection) return
    const isOn = connection.room.localParticipant.isScreenShareEnabled
    await this.#once('screen', () => (isOn ? connection.stopShare() : connection.startShare()))
  }

  /** Takes another device, null for the system's default, and remembers it. False if it cannot be used. */
  async pick(kind: DeviceKind, deviceId: string | null): Promise<boolean> {
    try {
      await this.#parts.connection()?.switchDevice(kind, deviceId)
    } catch {
      return false
    }
    this.#parts.preferences.save({ [`${kind}Id`]: deviceId })
    return true
  }

  /** Tells of a device that was lost without anybody having switched it off. */
  report(device: 'microphone' | 'camera', fault: DeviceFault): void {
    this.#parts.onFault(device, fault)
  }

  /** Once for each device that is used so. */
  #tellOtherDevice(kind: 'microphone' | 'camera'): void {
    const picked = this.#parts.preferences.current[`${kind}Id`]
    const used = this.#parts.connection()?.deviceOf(kind) ?? null
    if (picked === null || used === null || used.id === picked || this.#told[kind] === used.id) return
    this.#told[kind] = used.id
    this.#parts.onOtherDevice(used.label)
  }

  async #once(device: keyof MediaBusy, act: () => Promise<void>): Promise<void> {
    if (this.store.getState()[device]) return
    this.store.setState({ [device]: true })
    try {
      await act()
    } catch (error) {
      const fault = isAllowedByPolicy(device) ? classifyFault(error) : 'policy'
      // Closing the browser's picker of screens is no fault.
      const isChangeOfMind = device === 'screen' && (fault === 'denied' || fault === 'dismissed')
      if (isChangeOfMind) return
      this.#parts.onFault(device, fault)
      for (const listener of this.#listeners) listener(device, fault)
    } finally {
      this.store.setState({ [device]: false })
    }
  }
}
