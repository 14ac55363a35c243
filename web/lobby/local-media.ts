import { createStore, type StoreApi } from 'zustand/vanilla'
import { classifyFault, isAllowedByPolicy, type DeviceFault } from './device-fault.ts'
import { listDevices, NO_DEVICES, presentKinds, type DeviceKind, type DeviceLists } from './devices.ts'
import type { PreferenceStore } from './preferences.ts'

/** What is captured; a speaker is only listened to. */
export type CaptureKind = Exclude<DeviceKind, 'speaker'>

export interface CaptureState {
  /** What the person asked for; the track follows when it can. */
  isWanted: boolean
  isAsking: boolean
  track: MediaStreamTrack | null
  /** What the lobby shows: the track, and still after the call has taken it over. */
  preview: MediaStreamTrack | null
  fault: DeviceFault | null
  /** The one that was picked is not connected: the name of the one that is used. */
  instead: string | null
}

export interface LocalMediaState {
  microphone: CaptureState
  camera: CaptureState
  devices: DeviceLists
}

type MediaDevicesPort = Pick<MediaDevices, 'getUserMedia' | 'enumerateDevices'> &
  Partial<Pick<MediaDevices, 'addEventListener' | 'removeEventListener'>>

interface LocalMediaParts {
  preferences: PreferenceStore
  /** Undefined on a page that is neither https nor localhost. */
  mediaDevices: MediaDevicesPort | undefined
  /** Answers 'prompt' where the browser cannot tell, 'policy' where the page around this one does not allow it. */
  permission: (kind: CaptureKind) => Promise<PermissionState | 'policy'>
}

const CAPTURE_KINDS = ['microphone', 'camera'] as const

/**
 * Holds the preview's camera and microphone until they are handed to the call, which publishes these very
 * tracks. Whatever fails here fails alone: the other device goes on, and one can join with neither.
 *
 * All calls return at once and may overlap; for each device the latest wish wins, and a track that arrives
 * for an outdated one is stopped, so no camera light stays on unasked.
 */
export class LocalMedia {
  readonly store: StoreApi<LocalMediaState>
  #parts: LocalMediaParts
  /** Counts the wishes for each device; an answer to an older one is dropped. */
  #wish: Record<CaptureKind, number> = { microphone: 0, camera: 0 }
  /** The latest track is not from the device that was picked. */
  #isInstead: Record<CaptureKind, boolean> = { microphone: false, camera: false }
  #receiver: ((kind: CaptureKind, track: MediaStreamTrack) => void) | null = null
  #onDeviceChange = () => void this.refreshDevices()

  constructor(parts: LocalMediaParts) {
    this.#parts = parts
    const { isMicrophoneOn, isCameraOn } = parts.preferences.current
    const idle = (isWanted: boolean): CaptureState => ({
      isWanted,
      isAsking: false,
      track: null,
      preview: null,
      fault: null,
      instead: null,
    })
    this.store = createStore<LocalMediaState>(() => ({
      microphone: idle(isMicrophoneOn),
      camera: idle(isCameraOn),
      devices: NO_DEVICES,
    }))
    parts.mediaDevices?.addEventListener?.('devicechange', this.#onDeviceChange)
  }

  get state(): LocalMediaState {
    return this.store.getState()
  }

  /** Opens what is wanted and not open, with one permission prompt for both. Never rejects. */
  async start(): Promise<void> {
    const wanted = CAPTURE_KINDS.filter((kind) => this.state[kind].isWanted && !this.state[kind].track)
    await this.#open(wanted)
  }

  /**
   * Turns a device on or off and remembers it. Off stops the camera (its light goes out) and silences the
   * microphone, which stays open so that unmuting is immediate.
   */
  setWanted(kind: CaptureKind, isWanted: boolean): void {
    this.#parts.preferences.save(
      kind === 'microphone' ? { isMicrophoneOn: isWanted } : { isCameraOn: isWanted },
    )
    const { track } = this.state[kind]
    if (isWanted) {
      if (track) {
        track.enabled = true
        this.#set(kind, { isWanted })
      } else {
        this.#set(kind, { isWanted, fault: null })
        void this.#open([kind])
      }
    } else if (track && kind === 'microphone') {
      track.enabled = false
      this.#set(kind, { isWanted })
    } else {
      this.#drop(kind)
      this.#set(kind, { isWanted, fault: null })
    }
  }

  /** Asks again for what failed. */
  retry(): void {
    const failed = CAPTURE_KINDS.filter((kind) => this.state[kind].fault !== null)
    for (const kind of failed) this.#set(kind, { isWanted: true, fault: null })
    void this.#open(failed)
  }

  /** Takes another device, null for the system's default, and remembers it. */
  pick(kind: DeviceKind, deviceId: string | null): void {
    if (kind === 'speaker') {
      this.#parts.preferences.save({ speakerId: deviceId })
      return
    }
    this.#parts.preferences.save(kind === 'microphone' ? { microphoneId: deviceId } : { cameraId: deviceId })
    this.#set(kind, { instead: null })
    if (!this.state[kind].isWanted && !this.state[kind].track) return
    void this.#open([kind])
  }

  async refreshDevices(): Promise<void> {
    const devices = listDevices(await this.#enumerate())
    if (JSON.stringify(devices) !== JSON.stringify(this.state.devices)) this.store.setState({ devices })
  }

  /**
   * Gives the open tracks to the call, and those still being asked for when they come. From then on the call
   * owns and stops them; `release` ends the arrangement.
   */
  handOver(receive: (kind: CaptureKind, track: MediaStreamTrack) => void): void {
    this.#receiver = receive
    const { microphone, camera } = this.state
    // At once: what shows the preview draws itself again one time, and sees no difference.
    this.store.setState({
      microphone: { ...microphone, track: null },
      camera: { ...camera, track: null },
    })
    if (microphone.track) receive('microphone', microphone.track)
    if (camera.track) receive('camera', camera.track)
  }

  /** Stops everything held and whatever is still on its way. `start` opens again. */
  release(): void {
    this.#receiver = null
    for (const kind of CAPTURE_KINDS) this.#drop(kind)
  }

  async #open(kinds: readonly CaptureKind[]): Promise<void> {
    if (kinds.length === 0) return
    const { mediaDevices } = this.#parts
    if (!mediaDevices) {
      for (const kind of kinds) this.#set(kind, { fault: 'insecure', isAsking: false })
      return
    }
    const wish = new Map<CaptureKind, number>()
    for (const kind of kinds) {
      wish.set(kind, ++this.#wish[kind])
      this.#set(kind, { isAsking: true, fault: null })
    }
    const settle = (kind: CaptureKind, track: MediaStreamTrack | undefined, fault: DeviceFault | null) => {
      if (wish.get(kind) !== this.#wish[kind]) track?.stop()
      else this.#settle(kind, track ?? null, fault)
    }

    // Asking for a device that is not there, or is blocked, would fail the other with it.
    const [found, ...permissions] = await Promise.all([
      this.#enumerate(),
      ...kinds.map((kind) => this.#parts.permission(kind)),
    ])
    const present = presentKinds(found)
    const askable = kinds.filter((kind, index) => {
      if (found.length > 0 && !present.has(kind)) settle(kind, undefined, 'missing')
      else if (permissions[index] === 'denied' || permissions[index] === 'policy')
        settle(kind, undefined, permissions[index])
      else return true
      return false
    })
    await this.#capture(mediaDevices, askable, settle)
    await this.refreshDevices()
  }

  async #capture(
    mediaDevices: MediaDevicesPort,
    kinds: readonly CaptureKind[],
    settle: (kind: CaptureKind, track: MediaStreamTrack | undefined, fault: DeviceFault | null) => void,
    isPickNamed = true,
  ): Promise<void> {
    if (kinds.length === 0) return
    try {
      const stream = await mediaDevices.getUserMedia({
        audio: kinds.includes('microphone') && this.#microphoneConstraints(isPickNamed),
        video: kinds.includes('camera') && this.#cameraConstraints(isPickNamed),
      })
      for (const kind of kinds) this.#isInstead[kind] = !isPickNamed
      if (kinds.includes('microphone')) settle('microphone', stream.getAudioTracks()[0], null)
      if (kinds.includes('camera')) settle('camera', stream.getVideoTracks()[0], null)
    } catch (error) {
      const fault = classifyFault(error)
      const [only] = kinds
      if (kinds.length === 1 && only && fault === 'missing' && isPickNamed && this.#pickedId(only) !== null) {
        await this.#capture(mediaDevices, kinds, settle, false)
        return
      }
      // A refusal is the person's answer for both; asking again one by one would nag.
      if (kinds.length === 1 || fault === 'denied' || fault === 'dismissed') {
        for (const kind of kinds) settle(kind, undefined, fault)
        return
      }
      for (const kind of kinds) await this.#capture(mediaDevices, [kind], settle, isPickNamed)
    }
  }

  #settle(kind: CaptureKind, track: MediaStreamTrack | null, fault: DeviceFault | null): void {
    if (!track) {
      this.#set(kind, { isAsking: false, fault: fault ?? 'failed', track: null, preview: null })
      return
    }
    track.enabled = this.state[kind].isWanted
    if (this.#receiver) {
      this.#set(kind, { isAsking: false, fault: null, preview: track })
      this.#receiver(kind, track)
      return
    }
    this.state[kind].track?.stop()
    // Fires when the device is unplugged or its permission taken away, not on our own stop().
    track.addEventListener('ended', () => {
      if (this.state[kind].track === track) this.#set(kind, { track: null, preview: null, fault: 'busy' })
    })
    this.#set(kind, {
      isAsking: false,
      fault: null,
      track,
      preview: track,
      instead: this.#isInstead[kind] ? track.label : null,
    })
  }

  #drop(kind: CaptureKind): void {
    this.#wish[kind]++
    this.state[kind].track?.stop()
    this.#set(kind, { track: null, preview: null, isAsking: false })
  }

  #set(kind: CaptureKind, change: Partial<CaptureState>): void {
    this.store.setState({ [kind]: { ...this.state[kind], ...change } })
  }

  async #enumerate(): Promise<MediaDeviceInfo[]> {
    try {
      return (await this.#parts.mediaDevices?.enumerateDevices()) ?? []
    } catch {
      return []
    }
  }

  #pickedId(kind: CaptureKind): string | null {
    const { microphoneId, cameraId } = this.#parts.preferences.current
    return kind === 'microphone' ? microphoneId : cameraId
  }

  // "exact", since Chromium takes its default microphone where another is only "ideal".
  #microphoneConstraints(isPickNamed: boolean): MediaTrackConstraints {
    const picked = isPickNamed && this.#pickedId('microphone')
    return {
      ...(picked && { deviceId: { exact: picked } }),
      echoCancellation: true,
      noiseSuppression: true,
      autoGainControl: true,
    }
  }

  #cameraConstraints(isPickNamed: boolean): MediaTrackConstraints {
    const picked = isPickNamed && this.#pickedId('camera')
    return {
      ...(picked && { deviceId: { exact: picked } }),
      width: { ideal: 1280 },
      height: { ideal: 720 },
    }
  }
}

/** The Permissions API with its gaps filled: where it cannot say, the prompt will. */
export const queryPermission = async (kind: CaptureKind): Promise<PermissionState | 'policy'> => {
  if (!isAllowedByPolicy(kind)) return 'policy'
  try {
    return (await navigator.permissions.query({ name: kind })).state
  } catch {
    return 'prompt'
  }
}
