import { createStore, type StoreApi } from 'zustand/vanilla'
import type { ChatMessage } from '../../messages.ts'

export const MAX_MESSAGE_LENGTH = 4000
const GROUP_WITHIN_MS = 3 * 60_000
/** What arrives is shown at most this often: two hundred messages a second are no two hundred renders. */
const FLUSH_MS = 80
/** The page holds the latest; older ones are fetched again when somebody scrolls up to them. */
const MAX_HELD = 2000

export interface ChatState {
  /** By number; the same message comes once, whichever way it arrived. */
  messages: readonly ChatMessage[]
  unread: number
  isOpen: boolean
  /** The history could not be fetched; what arrives live is shown all the same. */
  hasFailed: boolean
  /** The server has messages from before the first one here. */
  hasEarlier: boolean
  isLoadingEarlier: boolean
}

interface ChatParts {
  load: (where: { before?: number; after?: number }) => Promise<{ messages: ChatMessage[]; hasMore: boolean }>
  send: (message: { text: string; attachmentIds: string[] }) => Promise<ChatMessage>
  remove: (id: string) => Promise<void>
  /** Read at each message: a rejoin may give another identity. */
  ownIdentity: () => string | null
  /** Hears of others' live messages, several at once when they come fast. */
  onArrival: (messages: readonly ChatMessage[]) => void
}

/**
 * The messages of this meeting: the server's history with what arrives live. Numbers tell the order, and that
 * something was missed: then the server is asked for it.
 */
export class Chat {
  readonly store: StoreApi<ChatState> = createStore<ChatState>(() => ({
    messages: [],
    unread: 0,
    isOpen: false,
    hasFailed: false,
    hasEarlier: false,
    isLoadingEarlier: false,
  }))
  #parts: ChatParts
  #messages: ChatMessage[] = []
  #known = new Set<string>()
  #deleted = new Set<string>()
  /** Up to here nothing is missing; null until the history or a first message has come. */
  #completeTo: number | null = null
  #hasHistory = false
  #isFilling = false
  #arrived: ChatMessage[] = []
  #timer: ReturnType<typeof setTimeout> | null = null

  constructor(parts: ChatParts) {
    this.#parts = parts
  }

  /** Fetches the history; again after a reconnect, for what was missed. Old messages count as read. */
  async load(): Promise<void> {
    if (this.#hasHistory) return this.#fill()
    try {
      const { messages, hasMore } = await this.#parts.load({})
      this.#hasHistory = true
      this.#merge(messages)
      const last = messages.at(-1)
      if (last) this.#followOn(last.number)
      this.store.setState({ hasFailed: false, hasEarlier: hasMore })
      this.#flush()
    } catch {
      this.store.setState({ hasFailed: true })
    }
  }

  /** Fetches what was written before the first message here. */
  async loadEarlier(): Promise<void> {
    const { hasEarlier, isLoadingEarlier } = this.store.getState()
    const first = this.#messages[0]
    if (!hasEarlier || isLoadingEarlier || !first) return
    this.store.setState({ isLoadingEarlier: true })
    try {
      const { messages, hasMore } = await this.#parts.load({ before: first.number })
      this.#merge(messages)
      this.store.setState({ hasEarlier: hasMore })
      this.#flush()
    } catch {
      // The button stays for another try.
    }
    this.store.setState({ isLoadingEarlier: false })
  }

  /** Takes live messages. */
  receive(messages: readonly ChatMessage[]): void {
    const fresh = this.#merge(messages)
    this.#arrived.push(...fresh.filter((message) => !this.isOwn(message)))
    const first = messages[0]
    const last = messages.at(-1)
    if (!first || !last) return
    this.#completeTo ??= first.number - 1
    if (first.number > this.#completeTo + 1) void this.#fill()
    else this.#advance(last.number)
    this.#schedule()
  }

  /** There is a message that was not told: it is fetched. */
  receiveMore(): void {
    void this.#fill()
  }

  /** Takes a message off, here and whenever it comes again. */
  receiveDeletion(id: string): void {
    this.#deleted.add(id)
    const isHeld = this.#messages.some((message) => message.id === id)
    if (!isHeld) return
    this.#messages = this.#messages.filter((message) => message.id !== id)
    this.#flush()
  }

  /** Throws what the server answers; the caller keeps the text for another try. */
  async send(text: string, attachmentIds: string[] = []): Promise<void> {
    const sent = await this.#parts.send({ text, attachmentIds })
    this.#merge([sent])
    if (this.#completeTo !== null && sent.number > this.#completeTo + 1) void this.#fill()
    else this.#advance(sent.number)
    this.#flush()
  }

  /** Deletes a message for everybody. Throws what the server answers. */
  async remove(id: string): Promise<void> {
    await this.#parts.remove(id)
    this.receiveDeletion(id)
  }

  setOpen(isOpen: boolean): void {
    this.store.setState(isOpen ? { isOpen, unread: 0 } : { isOpen })
  }

  isOwn(message: ChatMessage): boolean {
    return message.isOwn || message.identity === this.#parts.ownIdentity()
  }

  /** Asks for everything behind the last complete place until there is no more. */
  async #fill(): Promise<void> {
    if (this.#isFilling) return
    this.#isFilling = true
    try {
      for (;;) {
        const { messages, hasMore } = await this.#parts.load({ after: this.#completeTo ?? 0 })
        const fresh = this.#merge(messages)
        this.#arrived.push(...fresh.filter((message) => !this.isOwn(message)))
        this.#advance(messages.at(-1)?.number ?? null)
        // What came live while the answer was on its way follows on it, or leaves a gap of its own.
        const isWhole = this.#countOn()
        if (messages.length > 0 && (hasMore || !isWhole)) continue
        // What is still missing was deleted, or the room keeps nothing.
        this.#advance(this.#messages.at(-1)?.number ?? null)
        break
      }
      this.store.setState({ hasFailed: false })
    } catch {
      // The next message shows the same gap and asks again.
    }
    this.#isFilling = false
    this.#schedule()
  }

  /** The history ends here; what came live meanwhile either follows on it or shows a gap. */
  #followOn(from: number): void {
    this.#completeTo = from
    if (!this.#countOn()) void this.#fill()
  }

  /** Goes on over what is held and follows without a gap; false when something after that is held, too. */
  #countOn(): boolean {
    const { length } = this.#messages
    // What is complete is nearly all of it.
    let at = length
    while (at > 0 && (this.#messages[at - 1]?.number ?? 0) > (this.#completeTo ?? 0)) at--
    for (; at < length; at++) {
      const number = this.#messages[at]?.number ?? 0
      if (number > (this.#completeTo ?? 0) + 1) return false
      this.#advance(number)
    }
    return true
  }

  #advance(to: number | null): void {
    if (to !== null) this.#completeTo = Math.max(this.#completeTo ?? 0, to)
  }

  /** Those that were new. */
  #merge(arrived: readonly ChatMessage[]): ChatMessage[] {
    const fresh = arrived.filter(({ id }) => !this.#known.has(id) && !this.#deleted.has(id))
    for (const message of fresh) {
      this.#known.add(message.id)
      let at = this.#messages.length
      // Nearly always the newest: it is looked for from the end.
      while (at > 0 && (this.#messages[at - 1]?.number ?? 0) > message.number) at--
      this.#messages.splice(at, 0, message)
    }
    return fresh
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS)
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const { isOpen, unread, isLoadingEarlier } = this.store.getState()
    const arrived = this.#arrived.splice(0)
    const surplus = this.#messages.length - MAX_HELD
    if (surplus > 0 && !isLoadingEarlier && arrived.length > 0) {
      for (const { id } of this.#messages.splice(0, surplus)) this.#known.delete(id)
      this.store.setState({ hasEarlier: true })
    }
    this.store.setState({
      messages: [...this.#messages],
      ...(isOpen ? {} : { unread: unread + arrived.length }),
    })
    if (arrived.length > 0) this.#parts.onArrival(arrived)
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
