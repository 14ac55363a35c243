import { describe, expect, it } from 'vitest'
import { parseChatMessage, parseMeetingState } from './messages.ts'

describe('parseChatMessage', () => {
  const message = { id: '1', number: 7, identity: 'ana', name: 'Ana', text: 'hi', sentAt: 5 }

  it('takes whole messages only', () => {
    expect(parseChatMessage(message)).toEqual({ ...message, attachments: [], isOwn: false })
    expect(parseChatMessage({ ...message, text: 7 })).toBeUndefined()
    expect(parseChatMessage({ ...message, number: undefined })).toBeUndefined()
    expect(parseChatMessage(null)).toBeUndefined()
  })

  it('takes the files that are whole', () => {
    const file = { id: 'file_1', name: 'a.png', type: 'image/png', sizeBytes: 3 }
    expect(parseChatMessage({ ...message, attachments: [file, { id: 2 }] })?.attachments).toEqual([file])
  })
})

describe('parseMeetingState', () => {
  it('grants no lock and no spotlight that is not said', () => {
    expect(parseMeetingState({ version: 3, hands: ['ana', 7], locks: { audio: true, chat: 1 } })).toEqual({
      version: 3,
      hands: ['ana'],
      spotlight: null,
      locks: { audio: true, video: false, screen: false, chat: false },
      hasAttachments: false,
      hasWaitingRoom: false,
    })
    expect(parseMeetingState({ hands: [] })).toBeUndefined()
  })
})
