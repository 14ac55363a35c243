export { browserFamily, classifyFault, type DeviceFault } from './device-fault.ts'
export {
  BROWSER_KIND,
  deviceChanges,
  listDevices,
  type Device,
  type DeviceKind,
  type DeviceLists,
} from './devices.ts'
export { LocalMedia, queryPermission, type CaptureKind } from './local-media.ts'
export { Lobby } from './Lobby.tsx'
export { PreferenceStore } from './preferences.ts'
export { canChooseSpeaker } from './test-tone.ts'
