/** A device as it is offered to the person. */
export interface Device {
  id: string
  label: string
}

export interface DeviceLists {
  microphone: readonly Device[]
  camera: readonly Device[]
  speaker: readonly Device[]
}

export type DeviceKind = keyof DeviceLists

export const NO_DEVICES: DeviceLists = { microphone: [], camera: [], speaker: [] }

const KIND: Record<MediaDeviceKind, DeviceKind> = {
  audioinput: 'microphone',
  videoinput: 'camera',
  audiooutput: 'speaker',
}

export const BROWSER_KIND = {
  microphone: 'audioinput',
  camera: 'videoinput',
  speaker: 'audiooutput',
} as const satisfies Record<DeviceKind, MediaDeviceKind>

/**
 * Sorts what `enumerateDevices` says. Chrome's own entries "default" and "communications" repeat a real
 * device under another id; the menus have a single "System default" for both. Before permission is given
 * ids are empty: such entries say only that a device of the kind exists (see `presentKinds`).
 */
export const listDevices = (found: readonly MediaDeviceInfo[]): DeviceLists => {
  const lists: Record<DeviceKind, Device[]> = { microphone: [], camera: [], speaker: [] }
  for (const { kind, deviceId, label } of found) {
    if (deviceId === '' || deviceId === 'default' || deviceId === 'communications') continue
    const list = lists[KIND[kind]]
    if (!list.some((device) => device.id === deviceId)) list.push({ id: deviceId, label: tidyLabel(label) })
  }
  return lists
}

/** Which kinds are connected at all; known even before permission is given. */
export const presentKinds = (found: readonly MediaDeviceInfo[]): Set<DeviceKind> =>
  new Set(found.map((device) => KIND[device.kind]))

export interface DeviceChange {
  kind: DeviceKind
  added: readonly Device[]
  removed: readonly Device[]
}

/**
 * What was plugged in or out between two lists. A kind whose list was empty before is left out: that is
 * permission being given, not a device arriving.
 */
export const deviceChanges = (before: DeviceLists, after: DeviceLists): DeviceChange[] =>
  (['microphone', 'camera', 'speaker'] as const)
    .map((kind) => ({
      kind,
      added: before[kind].length === 0 ? [] : without(after[kind], before[kind]),
      removed: after[kind].length === 0 ? [] : without(before[kind], after[kind]),
    }))
    .filter(({ added, removed }) => added.length > 0 || removed.length > 0)

const without = (list: readonly Device[], other: readonly Device[]): Device[] =>
  list.filter((device) => !other.some(({ id }) => id === device.id))

/** Chrome appends "(046d:0825)", the USB ids, which say nothing to a person. */
const tidyLabel = (label: string): string => label.replace(/\s*\([0-9a-f]{4}:[0-9a-f]{4}\)$/i, '')
