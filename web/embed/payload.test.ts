import { describe, expect, it } from 'vitest'
import { commands } from './contract.ts'
import { commandOf, payloadFault } from './payload.ts'

describe('a command', () => {
  it('is known by its old and its new name', () => {
    expect(commandOf('participantKick')).toBe('participantKick')
    expect(commandOf('kickParticipant')).toBe('participantKick')
    expect(commandOf('endMeeting')).toBe('meetingEnd')
    expect(commandOf('leaveRoom')).toBe('meetingLeave')
    for (const other of ['toString', 'constructor', '', 'MeetingEnd'])
      expect(commandOf(other)).toBeUndefined()
  })

  it('without fields takes any payload', () => {
    for (const payload of [undefined, null, {}, 'x']) expect(payloadFault('meetingLeave', payload)).toBeNull()
  })

  it.each([
    ['participantKick', { participantIdentity: 'ana' }, null],
    ['participantKick', { participantIdentity: 'ana', more: 1 }, null],
    ['participantKick', { participantIdentity: 5 }, 'participantKick: participantIdentity must be a string'],
    ['participantKick', {}, 'participantKick: participantIdentity must be a string'],
    ['participantKick', undefined, 'participantKick needs participantIdentity'],
    ['microphoneSet', { isOn: 'yes' }, 'microphoneSet: isOn must be a boolean'],
    ['deviceSelect', { kind: 'camera' }, null],
    ['deviceSelect', { kind: 'tv' }, 'deviceSelect: kind must be one of microphone, camera, speaker'],
    ['deviceSelect', { kind: 'camera', deviceId: null }, null],
    ['themeSet', { theme: { accent: '#f00' } }, null],
    ['themeSet', { theme: { accent: 5 } }, 'themeSet: theme: accent must be a string'],
  ] as const)('%s %j: %s', (command, payload, fault) => expect(payloadFault(command, payload)).toBe(fault))

  it('and its method take their fields in one order', () => {
    expect(Object.keys(commands.participantVolume.payload)).toEqual(['participantIdentity', 'volume'])
  })
})
