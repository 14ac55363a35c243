import { createStore, type StoreApi } from 'zustand/vanilla'
import type { ChatMessage } from '../api.ts'

export const MAX_MESSAGE_LENGTH = 4000
const GROUP_WITHIN_MS = 3 * 60_000

export interface ChatState {
  /** By time; the same message comes once, whichever way it arrived. */
  messages: readonly ChatMessage[]
  unread: number
  isOpen: boolean
  /** The history could not be fetched; what arrives live is shown all the same. */
  hasFailed: boolean
}

interface ChatParts {
  load: () => Promise<ChatMessage[]>
  send: (text: string) => Promise<ChatMessage>
  /** Read at each message: a rejoin may give another identity. */
  ownIdentity: () => string | null
}

/** The messages of this meeting: the server's history with what arrives live. */
export class Chat {
  readonly store: StoreApi<ChatState> = createStore<ChatState>(() => ({
    messages: [],
    unread: 0,
    isOpen: false,
    hasFailed: false,
  }))
  #parts: ChatParts

  constructor(parts: ChatParts) {
    this.#parts = parts
  }

  /** Fetches the history; again after a reconnect, for what was missed. Old messages count as read. */
  async load(): Promise<void> {
    try {
      this.#merge(await this.#parts.load())
      this.store.setState({ hasFailed: false })
    } catch {
      this.store.setState({ hasFailed: true })
    }
  }

  /** Takes a live message; true if it is new and somebody else's. */
  receive(message: ChatMessage): boolean {
    if (!this.#merge([message]) || message.identity === this.#parts.ownIdentity()) return false
    const { isOpen, unread } = this.store.getState()
    if (!isOpen) this.store.setState({ unread: unread + 1 })
    return true
  }

  /** Throws what the server answers; the caller keeps the text for another try. */
  async send(text: string): Promise<void> {
    this.#merge([await this.#parts.send(text)])
  }

  setOpen(isOpen: boolean): void {
    this.store.setState(isOpen ? { isOpen, unread: 0 } : { isOpen })
  }

  /** True if any of them was new. */
  #merge(arrived: readonly ChatMessage[]): boolean {
    const { messages } = this.store.getState()
    const known = new Set(messages.map(({ id }) => id))
    const fresh = arrived.filter(({ id }) => !known.has(id))
    if (fresh.length === 0) return false
    this.store.setState({ messages: [...messages, ...fresh].sort((a, b) => a.sentAt - b.sentAt) })
    return true
  }
}

/** Consecutive messages of one sender within three minutes, shown under one name. */
export interface MessageGroup {
  identity: string
  name: string
  sentAt: number
  messages: readonly ChatMessage[]
}

export const groupMessages = (messages: readonly ChatMessage[]): MessageGroup[] => {
  const groups: (MessageGroup & { messages: ChatMessage[] })[] = []
  for (const message of messages) {
    const group = groups.at(-1)
    const latest = group?.messages.at(-1)
    if (
      group &&
      latest &&
      group.identity === message.identity &&
      message.sentAt - latest.sentAt < GROUP_WITHIN_MS
    ) {
      group.messages.push(message)
    } else {
      const { identity, name, sentAt } = message
      groups.push({ identity, name, sentAt, messages: [message] })
    }
  }
  return groups
}
