export { browserFamily, classifyFault, isAllowedByPolicy, type DeviceFault } from './device-fault.ts'
export { BROWSER_KIND, deviceChanges, type DeviceKind } from './devices.ts'
export type { LobbySchedule } from './countdown.ts'
export { LocalMedia, queryPermission, type CaptureKind, type LocalMediaState } from './local-media.ts'
export { Lobby } from './Lobby.tsx'
export {
  ANNOUNCEMENTS,
  cleanName,
  LAYOUTS,
  PreferenceStore,
  VIDEO_CODECS,
  type Announcement,
  type Layout,
  type VideoCodec,
} from './preferences.ts'
export { canChooseSpeaker } from './test-tone.ts'
