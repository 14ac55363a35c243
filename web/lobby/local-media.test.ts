import { describe, expect, it, vi } from 'vitest'
import { LocalMedia, type CaptureKind } from './local-media.ts'
import { PreferenceStore } from './preferences.ts'

class FakeTrack extends EventTarget {
  enabled = true
  readyState: 'live' | 'ended' = 'live'
  kind: 'audio' | 'video'
  label = 'Built-in'
  constructor(kind: 'audio' | 'video') {
    super()
    this.kind = kind
  }
  stop() {
    this.readyState = 'ended'
  }
}

const info = (kind: MediaDeviceKind, deviceId = `${kind}-1`): MediaDeviceInfo => ({
  kind,
  deviceId,
  label: deviceId,
  groupId: '',
  toJSON: () => ({}),
})

interface Scene {
  found?: MediaDeviceInfo[]
  permission?: Partial<Record<CaptureKind, PermissionState>>
  answer?: (constraints: MediaStreamConstraints) => void | Promise<void>
  preferences?: PreferenceStore
}

const set = (scene: Scene = {}) => {
  const asked: MediaStreamConstraints[] = []
  const tracks: FakeTrack[] = []
  const preferences =
    scene.preferences ??
    new PreferenceStore(() => {
      throw new Error('no storage')
    })
  const media = new LocalMedia({
    preferences,
    permission: async (kind) => scene.permission?.[kind] ?? 'prompt',
    mediaDevices: {
      enumerateDevices: async () => scene.found ?? [info('audioinput'), info('videoinput')],
      getUserMedia: async (constraints = {}) => {
        asked.push(constraints)
        await scene.answer?.(constraints)
        const made = [
          ...(constraints.audio ? [new FakeTrack('audio')] : []),
          ...(constraints.video ? [new FakeTrack('video')] : []),
        ]
        tracks.push(...made)
        const of = (kind: string) => made.filter((track) => track.kind === kind)
        return {
          getAudioTracks: () => of('audio'),
          getVideoTracks: () => of('video'),
        } as unknown as MediaStream
      },
    },
  })
  return { media, asked, tracks, preferences }
}

const refuse = (name: string, message = '') => {
  throw new DOMException(message, name)
}

describe('opening the preview', () => {
  it('asks once for both and names no device before one is picked', async () => {
    const { media, asked } = set()
    await media.start()
    expect(asked).toHaveLength(1)
    expect(asked[0]?.audio).not.toHaveProperty('deviceId')
    expect(asked[0]?.video).not.toHaveProperty('deviceId')
    expect(media.state.microphone.track).not.toBeNull()
    expect(media.state.camera.track).not.toBeNull()
  })

  it('asks for nothing that the person keeps off', async () => {
    const preferences = new PreferenceStore(() => {
      throw new Error('no storage')
    })
    preferences.save({ isCameraOn: false, isMicrophoneOn: false })
    const { media, asked } = set({ preferences })
    await media.start()
    expect(asked).toEqual([])
    media.setWanted('camera', true)
    await vi.waitFor(() => expect(media.state.camera.track).not.toBeNull())
    expect(asked[0]?.audio).toBe(false)
  })

  it('asks for the picked device, and for any other where that is gone', async () => {
    const { media, asked, tracks } = set({
      answer: ({ video }) => {
        if (typeof video === 'object' && video.deviceId) refuse('OverconstrainedError')
      },
    })
    await media.start()
    media.pick('camera', 'v2')
    await vi.waitFor(() => expect(asked).toHaveLength(3))
    expect(asked[1]).toMatchObject({ audio: false, video: { deviceId: { exact: 'v2' } } })
    expect(asked[2]?.video).not.toHaveProperty('deviceId')
    await vi.waitFor(() => expect(media.state.camera.track).toBe(tracks.at(-1)))
    expect(media.state.camera).toMatchObject({ fault: null, instead: 'Built-in' })
    media.pick('camera', null)
    expect(media.state.camera.instead).toBeNull()
  })
})

describe('a device that was picked earlier', () => {
  const remembered = () => {
    const preferences = new PreferenceStore(() => {
      throw new Error('no storage')
    })
    preferences.save({ microphoneId: 'headset', cameraId: 'webcam' })
    return preferences
  }

  it('is used, with one prompt for both, and nothing is said', async () => {
    const { media, asked } = set({ preferences: remembered() })
    await media.start()
    expect(asked).toMatchObject([
      { audio: { deviceId: { exact: 'headset' } }, video: { deviceId: { exact: 'webcam' } } },
    ])
    expect(media.state).toMatchObject({ microphone: { instead: null }, camera: { instead: null } })
  })

  it('is replaced and named where it is gone; the other and the choice are kept', async () => {
    const preferences = remembered()
    const { media, asked } = set({
      preferences,
      answer: ({ audio }) => {
        if (typeof audio === 'object' && audio.deviceId) refuse('OverconstrainedError')
      },
    })
    await media.start()
    expect(media.state.microphone).toMatchObject({ fault: null, instead: 'Built-in' })
    expect(media.state.camera).toMatchObject({ fault: null, instead: null })
    expect(asked.at(-1)).toMatchObject({ video: { deviceId: { exact: 'webcam' } } })
    expect(preferences.current.microphoneId).toBe('headset')
  })
})

describe('when a device cannot be had', () => {
  it('a denied prompt is asked once and faults both', async () => {
    const { media, asked } = set({ answer: () => refuse('NotAllowedError', 'Permission denied') })
    await media.start()
    expect(asked).toHaveLength(1)
    expect(media.state.camera.fault).toBe('denied')
    expect(media.state.microphone.fault).toBe('denied')
  })

  it('a blocked camera does not take the microphone with it', async () => {
    const { media, asked } = set({ permission: { camera: 'denied', microphone: 'granted' } })
    await media.start()
    expect(asked).toEqual([expect.objectContaining({ video: false })])
    expect(media.state.camera.fault).toBe('denied')
    expect(media.state.microphone.track).not.toBeNull()
  })

  it('no camera connected is said without asking for one', async () => {
    const { media, asked } = set({ found: [info('audioinput')] })
    await media.start()
    expect(asked).toEqual([expect.objectContaining({ video: false })])
    expect(media.state.camera.fault).toBe('missing')
  })

  it('a camera in use leaves the microphone working', async () => {
    const { media } = set({
      answer: ({ video }) => {
        if (video) refuse('NotReadableError', 'Could not start video source')
      },
    })
    await media.start()
    expect(media.state.camera.fault).toBe('busy')
    expect(media.state.microphone.track).not.toBeNull()
  })

  it('a page without a secure context says so', async () => {
    const media = new LocalMedia({
      preferences: new PreferenceStore(() => {
        throw new Error('no storage')
      }),
      mediaDevices: undefined,
      permission: async () => 'prompt',
    })
    await media.start()
    expect(media.state.microphone.fault).toBe('insecure')
  })

  it('is asked for again on retry', async () => {
    let isBusy = true
    const { media } = set({ answer: () => (isBusy ? refuse('NotReadableError') : undefined) })
    await media.start()
    expect(media.state.camera.fault).toBe('busy')
    isBusy = false
    media.retry()
    await vi.waitFor(() => expect(media.state.camera.track).not.toBeNull())
    expect(media.state.camera.fault).toBeNull()
  })

  it('notices a device that is unplugged', async () => {
    const { media, tracks } = set()
    await media.start()
    tracks[1]?.dispatchEvent(new Event('ended'))
    expect(media.state.camera).toMatchObject({ track: null, fault: 'busy' })
  })
})

describe('turning off', () => {
  it('stops the camera and only silences the microphone', async () => {
    const { media, tracks } = set()
    await media.start()
    media.setWanted('camera', false)
    media.setWanted('microphone', false)
    expect(tracks[1]?.readyState).toBe('ended')
    expect(tracks[0]).toMatchObject({ readyState: 'live', enabled: false })
  })

  it('stops a camera that arrives after it was turned off', async () => {
    let open = () => {}
    const { media, tracks } = set({ answer: () => new Promise<void>((resolve) => (open = resolve)) })
    void media.start()
    await vi.waitFor(() => expect(media.state.camera.isAsking).toBe(true))
    await new Promise((resolve) => setTimeout(resolve))
    media.setWanted('camera', false)
    open()
    await vi.waitFor(() => expect(tracks).toHaveLength(2))
    await vi.waitFor(() => expect(tracks[1]?.readyState).toBe('ended'))
    expect(media.state.camera.track).toBeNull()
    expect(media.state.microphone.track).not.toBeNull()
  })
})

describe('handing over to the call', () => {
  it('gives the very same tracks and stops none', async () => {
    const { media, tracks } = set()
    await media.start()
    const received: [CaptureKind, unknown][] = []
    media.handOver((kind, track) => received.push([kind, track]))
    expect(received).toEqual([
      ['microphone', tracks[0]],
      ['camera', tracks[1]],
    ])
    // The lobby goes on showing them for as long as it is there.
    expect(media.state.camera).toMatchObject({ track: null, preview: tracks[1] })
    media.release()
    expect(media.state.camera).toMatchObject({ track: null, preview: null })
    expect(tracks.every((track) => track.readyState === 'live')).toBe(true)
  })

  it('passes on a track whose prompt is answered later', async () => {
    let open = () => {}
    const { media } = set({ answer: () => new Promise<void>((resolve) => (open = resolve)) })
    void media.start()
    await new Promise((resolve) => setTimeout(resolve))
    const received: CaptureKind[] = []
    media.handOver((kind) => received.push(kind))
    expect(received).toEqual([])
    open()
    await vi.waitFor(() => expect(received).toEqual(['microphone', 'camera']))
  })

  it('stops what comes after the call was left', async () => {
    let open = () => {}
    const { media, tracks } = set({ answer: () => new Promise<void>((resolve) => (open = resolve)) })
    void media.start()
    await new Promise((resolve) => setTimeout(resolve))
    media.handOver(() => {
      throw new Error('the call is over')
    })
    media.release()
    open()
    await vi.waitFor(() => expect(tracks.map((track) => track.readyState)).toEqual(['ended', 'ended']))
  })
})
