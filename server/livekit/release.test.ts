import { expect, test } from 'vitest'
import { archiveName } from './release.ts'

test.each([
  ['linux', 'x64', 'livekit_1.13.5_linux_amd64.tar.gz'],
  ['linux', 'arm64', 'livekit_1.13.5_linux_arm64.tar.gz'],
  ['linux', 'arm', 'livekit_1.13.5_linux_armv7.tar.gz'],
  ['win32', 'x64', 'livekit_1.13.5_windows_amd64.zip'],
  ['win32', 'arm64', 'livekit_1.13.5_windows_arm64.zip'],
  ['darwin', 'arm64', null],
  ['linux', 'riscv64', null],
] as const)('the archive for %s %s is %s', (platform, arch, name) => {
  expect(archiveName('1.13.5', platform, arch)).toBe(name)
})
