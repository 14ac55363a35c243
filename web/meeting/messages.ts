import { asNumber, asRecord, asRecords, asText } from './json.ts'

export interface Attachment {
  id: string
  name: string
  /** An image that every browser shows, or application/octet-stream. */
  type: string
  sizeBytes: number
}

export interface ChatMessage {
  id: string
  /** The order everywhere; without a gap but where something was deleted. */
  number: number
  identity: string
  name: string
  text: string
  /** Milliseconds since 1970. */
  sentAt: number
  attachments: readonly Attachment[]
  /** The server knows it as this browser's; a live message does not say. */
  isOwn: boolean
}

export type Lock = 'audio' | 'video' | 'screen' | 'chat'
export type Locks = Readonly<Record<Lock, boolean>>

/** What holds for the whole meeting, as the server tells it. */
export interface MeetingState {
  /** Only counts up: what bears a lower one is older. */
  version: number
  /** Identities with a raised hand, who raised it first first. */
  hands: readonly string[]
  spotlight: string | null
  locks: Locks
  hasAttachments: boolean
  hasWaitingRoom: boolean
}

/** Undefined for anything that is not a whole message. */
export const parseChatMessage = (value: unknown): ChatMessage | undefined => {
  const body = asRecord(value)
  const { id, identity, name, text, sentAt, number } = body
  if (typeof id !== 'string' || typeof identity !== 'string' || typeof text !== 'string') return undefined
  if (typeof sentAt !== 'number' || typeof number !== 'number') return undefined
  return {
    id,
    number,
    identity,
    name: asText(name),
    text,
    sentAt,
    attachments: asRecords(body['attachments']).flatMap((one) => parseAttachment(one) ?? []),
    isOwn: body['isOwn'] === true,
  }
}

export const parseAttachment = (value: unknown): Attachment | undefined => {
  const { id, name, type, sizeBytes } = asRecord(value)
  if (typeof id !== 'string' || typeof name !== 'string') return undefined
  return { id, name, type: asText(type), sizeBytes: asNumber(sizeBytes) }
}

/** Undefined for anything that is no state. */
export const parseMeetingState = (value: unknown): MeetingState | undefined => {
  const body = asRecord(value)
  const { version, hands, spotlight } = body
  if (typeof version !== 'number' || !Array.isArray(hands)) return undefined
  const locks = asRecord(body['locks'])
  return {
    version,
    hands: hands.filter((identity) => typeof identity === 'string'),
    spotlight: typeof spotlight === 'string' ? spotlight : null,
    locks: {
      audio: locks['audio'] === true,
      video: locks['video'] === true,
      screen: locks['screen'] === true,
      chat: locks['chat'] === true,
    },
    hasAttachments: body['hasAttachments'] === true,
    hasWaitingRoom: body['hasWaitingRoom'] === true,
  }
}
