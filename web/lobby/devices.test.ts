import { describe, expect, it } from 'vitest'
import { deviceChanges, listDevices, NO_DEVICES, presentKinds } from './devices.ts'

const device = (kind: MediaDeviceKind, deviceId: string, label = ''): MediaDeviceInfo => ({
  kind,
  deviceId,
  label,
  groupId: '',
  toJSON: () => ({}),
})

describe('listDevices', () => {
  it("leaves out Chrome's aliases and repeated entries, and tidies labels", () => {
    const lists = listDevices([
      device('audioinput', 'default', 'Default - Blue Yeti'),
      device('audioinput', 'communications', 'Communications - Blue Yeti'),
      device('audioinput', 'a', 'Blue Yeti'),
      device('audioinput', 'a', 'Blue Yeti'),
      device('videoinput', 'v', 'C270 HD WEBCAM (046d:0825)'),
      device('audiooutput', 'default', 'Default'),
    ])
    expect(lists).toEqual({
      microphone: [{ id: 'a', label: 'Blue Yeti' }],
      camera: [{ id: 'v', label: 'C270 HD WEBCAM' }],
      speaker: [],
    })
  })

  it('offers nothing before permission, but knows what is connected', () => {
    const found = [device('audioinput', ''), device('videoinput', '')]
    expect(listDevices(found)).toEqual(NO_DEVICES)
    expect([...presentKinds(found)]).toEqual(['microphone', 'camera'])
  })
})

describe('deviceChanges', () => {
  const before = { ...NO_DEVICES, microphone: [{ id: 'a', label: 'A' }], camera: [{ id: 'v', label: 'V' }] }

  it('tells what came and what went', () => {
    const after = { ...before, microphone: [{ id: 'b', label: 'B' }] }
    expect(deviceChanges(before, after)).toEqual([
      { kind: 'microphone', added: [{ id: 'b', label: 'B' }], removed: [{ id: 'a', label: 'A' }] },
    ])
    expect(deviceChanges(before, before)).toEqual([])
  })

  it('does not call it a new device when permission is given', () => {
    expect(deviceChanges(NO_DEVICES, before)).toEqual([])
  })
})
