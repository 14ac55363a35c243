import { ATTRIBUTES, COMMANDS, QUERIES, THEME } from './names.ts'

/*
 * The element that a host page shows: a shadow root around a frame of Parley. It knows no meeting; it passes
 * attributes and commands in and events out. Everything in this file is in the loader, which has 3 kB.
 */

type Callback = (detail: Details) => void
type Timer = ReturnType<typeof setTimeout> | undefined
type Details = Record<string, unknown> | null
interface Message {
  event?: string
  payload?: Details
  /** Of an answer to a query. */
  id?: number
}

const ALLOW =
  'camera; microphone; display-capture; fullscreen; autoplay; clipboard-write; speaker-selection; screen-wake-lock'
/** A move inside the page takes the element out and puts it in again. */
const MOVE_MS = 10
/** After which a frame that loaded something else than a meeting is given up. */
const SILENCE_MS = 10_000

const STYLE =
  ':host{display:block;position:relative;min-height:480px;overflow:hidden;background:#0e1116;color:#f2f4f7;font:14px/20px system-ui,sans-serif}' +
  ':host([hidden]){display:none}' +
  'iframe{position:absolute;inset:0;width:100%;height:100%;border:0}' +
  'p{position:absolute;inset:0;margin:auto;height:fit-content;padding:16px;text-align:center}' +
  'a{color:inherit}' +
  'p:empty{width:26px;height:26px;padding:0;border:3px solid #717b8a;border-top-color:#fff;border-radius:50%;animation:s 1s linear infinite}' +
  '@keyframes s{to{rotate:1turn}}' +
  '@media(prefers-reduced-motion){p:empty{animation-duration:4s}}'

const camel = (name: string): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())

/** Where there is no DOM, as when a page is rendered on a server, importing this must do no harm. */
const Base = globalThis.HTMLElement ?? Object

class MeetingElement extends Base {
  static observedAttributes = ATTRIBUTES
  #root = this.attachShadow({ mode: 'open' })
  #note = document.createElement('p')
  #frame: HTMLIFrameElement | null = null
  /** What the frame shows, without what may change while it does; empty where that is nothing. */
  #shown?: string
  #origin = ''
  #isReady = false
  /** As which this person was last seen, for a frame that loads anew. */
  #name: unknown = ''
  /** The detail of the last `meetingJoined`, until the `meetingLeft`. */
  #joined: Details = null
  /** Its frame was moved in the page, so that it loads anew, which is no news to the host. */
  #isMoved = false
  #queue: object[] = []
  #listeners: [string, EventListener, Callback][] = []
  /** By the id of the question. */
  #answers: ((payload: unknown) => void)[] = []
  #leaving: Timer
  #silence: Timer
  #isDue = false
  #theme = ''
  #styles = new MutationObserver(() => this.#sendTheme())

  constructor() {
    super()
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(STYLE)
    this.#root.adoptedStyleSheets = [sheet]
    this.#note.role = 'status'
  }

  connectedCallback(): void {
    // Properties that were set before this class was known hide its accessors.
    for (const name of ATTRIBUTES.map(camel)) {
      if (Object.hasOwn(this, name)) {
        const value = this[name as 'title']
        delete (this as Record<string, unknown>)[name]
        this[name as 'title'] = value
      }
    }
    clearTimeout(this.#leaving)
    this.#isMoved = this.#frame !== null
    this.#isReady = false
    addEventListener('message', this.#onMessage)
    for (const node of [document.documentElement, this])
      this.#styles.observe(node, { attributeFilter: ['class', 'style', 'data-theme'] })
    this.#update()
  }

  disconnectedCallback(): void {
    removeEventListener('message', this.#onMessage)
    this.#styles.disconnect()
    clearTimeout(this.#silence)
    this.#leaving = setTimeout(() => this.#drop(), MOVE_MS)
  }

  /** With Element.moveBefore the frame goes on as it is. */
  connectedMoveCallback(): void {}

  attributeChangedCallback(name: string, _old: string | null, value: string | null): void {
    if (name === 'participant-name' && this.#isReady && value)
      this.#send({ command: 'participantNameSet', payload: { participantName: value } })
    this.#update()
  }

  on(event: string, callback: Callback, isOnce?: boolean): this {
    const listener = (happened: Event) => {
      if (happened.target !== this) return
      if (isOnce) this.off(event, listener)
      callback((happened as CustomEvent<Details>).detail)
    }
    this.#listeners.push([event, listener, callback])
    this.addEventListener(event, listener)
    return this
  }

  once(event: string, callback: Callback): this {
    return this.on(event, callback, true)
  }

  /** `callback`: one of those given, or a listener of ours. */
  off(event: string, callback?: Callback | EventListener): this {
    this.#listeners = this.#listeners.filter((one) => {
      const isOther = one[0] !== event || (callback && !one.includes(callback))
      if (!isOther) this.removeEventListener(event, one[1])
      return isOther
    })
    return this
  }

  command(command: string, payload: object): this {
    this.#send({ command, payload })
    return this
  }

  query(query: string): Promise<unknown> {
    return new Promise((resolve) => this.#send({ query, id: this.#answers.push(resolve) - 1 }))
  }

  /** Attributes often change several at once. */
  #update(): void {
    if (this.#isDue) return
    this.#isDue = true
    queueMicrotask(() => {
      this.#isDue = false
      if (this.isConnected) this.#show()
    })
  }

  #show(): void {
    const source = this.#source()
    if (source === this.#shown) {
      this.#sendTheme()
      return
    }
    this.#drop()
    this.#shown = source
    this.#note.textContent = source ? '' : 'This element needs a room-url or a recording-url.'
    this.#root.replaceChildren(this.#note)
    if (!source) return
    this.#origin = new URL(source).origin
    // A new frame instead of another address: that would be a step in the history of the page.
    const frame = document.createElement('iframe')
    frame.allow = ALLOW
    frame.referrerPolicy = 'origin'
    frame.title = this.title || 'Meeting'
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- the loader has 3 kB; nobody else hears this frame
    frame.onload = () => {
      clearTimeout(this.#silence)
      if (!this.#isReady) this.#silence = setTimeout(() => this.#giveUp(source), SILENCE_MS)
    }
    const url = new URL(source)
    const theme = this.#readTheme()
    this.#theme = JSON.stringify(theme)
    const fragment = new URLSearchParams(url.hash.slice(1))
    for (const name of THEME) if (theme[name]) fragment.set(name, theme[name])
    // It may change without making another page of it.
    const name = this.getAttribute('participant-name')
    if (name) url.searchParams.set('participant-name', name)
    url.hash = `${fragment}`
    frame.src = url.href
    this.#frame = frame
    this.#root.append(frame)
  }

  /** The address to show; empty where there is none. */
  #source(): string {
    const get = (name: string) => this.getAttribute(name)
    const link = get('recording-url') || get('room-url')
    if (!link || !URL.canParse(link, document.baseURI)) return ''
    const url = new URL(link, document.baseURI)
    if (!/^http[^?#]+\/(room|meeting|recording)\/./.test(url.href)) return ''
    const recording = get('show-recording')
    if (!get('recording-url') && (recording || /^(|true)$/.test(get('show-only-recordings') ?? 'false')))
      url.pathname = url.pathname.replace(/(\/room\/[^/]+).*/, '$1/recordings')
    if (recording) url.searchParams.set('show-recording', recording)
    const language = get('language')
    if (language) url.searchParams.set('language', language)
    const key = get('e2ee-key')
    if (key) url.hash = `e2ee-key=${encodeURIComponent(key)}`
    return url.href
  }

  /** All there is to say; an empty one is none, or takes back what was said. */
  #readTheme(): Record<string, string> {
    const style = getComputedStyle(this)
    return Object.fromEntries(
      THEME.map((name) => [
        name,
        (this.getAttribute(name) ?? style.getPropertyValue(`--parley-${name}`)).trim(),
      ]),
    )
  }

  #sendTheme(): void {
    const theme = this.#readTheme()
    const said = this.#theme
    this.#theme = JSON.stringify(theme)
    if (said && said !== this.#theme) this.#send({ command: 'themeSet', payload: { theme } })
  }

  #send(message: object): void {
    if (this.#isReady) this.#frame?.contentWindow?.postMessage(message, this.#origin)
    else this.#queue.push(message)
  }

  #onMessage = ({ source, origin, data }: MessageEvent<Message | null>): void => {
    if (!source || source !== this.#frame?.contentWindow || origin !== this.#origin) return
    const { event, payload = null, id } = data ?? {}
    if (!event) return
    if (event === 'answer') {
      this.#answers[id ?? 0]?.(payload)
      return
    }
    if (event === 'ready') {
      clearTimeout(this.#silence)
      this.#note.remove()
      this.#isReady = true
      const isMoved = this.#isMoved && this.#joined !== null
      this.#send({
        command: 'initialize',
        payload: { domain: location.origin, isMoved, participantName: this.#name },
      })
      for (const message of this.#queue.splice(0)) this.#send(message)
    }
    const isKnown =
      this.#isMoved && (event === 'ready' || (this.#joined && /^(meetingJ|j)oined$/.test(event)))
    if (event === 'joined') this.#isMoved = false
    if (event === 'phaseChanged') this.#name = payload?.participantName
    if (event === 'meetingJoined') this.#joined = payload
    if (event === 'meetingLeft') this.#joined = null
    if (!isKnown) this.#tell(event, payload)
    // The older name comes last.
    if (event === 'closed') this.#redirect()
  }

  #tell(event: string, detail: Details): void {
    this.dispatchEvent(new CustomEvent(event, { detail, bubbles: true, composed: true }))
  }

  #redirect(): void {
    const target = this.getAttribute('leave-redirect-url')
    const url = target && new URL(target, location.origin)
    if (url && /^https?:$/.test(url.protocol)) location.assign(url)
  }

  #giveUp(source: string): void {
    this.#frame?.remove()
    const link = document.createElement('a')
    link.href = source
    link.target = '_blank'
    link.textContent = 'Open it in a new tab'
    this.#note.replaceChildren('The meeting cannot be shown here. ', link)
    this.#root.append(this.#note)
  }

  /** Ends what is shown; camera and microphone stop with the frame. */
  #drop(): void {
    const joined = this.#joined
    this.#frame?.remove()
    this.#frame = null
    this.#shown = this.#theme = ''
    this.#isReady = this.#isMoved = false
    this.#joined = null
    clearTimeout(this.#silence)
    if (joined)
      for (const name of ['meetingLeft', 'left']) this.#tell(name, { ...joined, reason: 'voluntary_leave' })
  }
}

const prototype = MeetingElement.prototype as MeetingElement & Record<string, unknown>
for (const name of ATTRIBUTES)
  Object.defineProperty(prototype, camel(name), {
    get(this: MeetingElement) {
      return this.getAttribute(name)
    },
    set(this: MeetingElement, value: string | boolean | null | undefined) {
      if (value === null || value === undefined || value === false) this.removeAttribute(name)
      else this.setAttribute(name, `${value}`)
    },
  })
for (const command of COMMANDS) {
  const [name = '', ...fields] = command
  prototype[name] = function (this: MeetingElement, ...values: unknown[]) {
    return this.command(name, Object.fromEntries(fields.map((field, index) => [field, values[index]])))
  }
}
for (const name of QUERIES)
  prototype[name] = function (this: MeetingElement) {
    return this.query(name)
  }

/** Makes the element known under a name; once, however often the script is loaded. */
export const define = (tag: string): CustomElementConstructor => {
  // A class has one name.
  const registry = globalThis.customElements as CustomElementRegistry | undefined
  if (!registry?.get(tag)) registry?.define(tag, class extends MeetingElement {})
  return registry?.get(tag) ?? MeetingElement
}
