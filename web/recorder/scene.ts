import {
  type Participant,
  type RemoteTrack,
  type RemoteTrackPublication,
  type Room,
  RoomEvent,
  Track,
} from 'livekit-client'
import { hueOf, initials } from '../meeting/call/avatar.ts'
import { placeTiles, type SceneLayout, type Tile } from './scene-layout.ts'
export type { SceneLayout }

/** LiveKit's events after which the picture may be another one. */
const CHANGES = [
  RoomEvent.ParticipantConnected,
  RoomEvent.ParticipantDisconnected,
  RoomEvent.TrackSubscribed,
  RoomEvent.TrackUnsubscribed,
  RoomEvent.TrackMuted,
  RoomEvent.TrackUnmuted,
  RoomEvent.TrackUnpublished,
  RoomEvent.ActiveSpeakersChanged,
  RoomEvent.ParticipantNameChanged,
  RoomEvent.Reconnected,
  RoomEvent.Connected,
] as const

interface Shown {
  element: HTMLElement
  video: HTMLVideoElement
  track: RemoteTrack | null
}

/** Draws the meeting of a room into an element, from now on. */
export function drawScene(room: Room, container: HTMLElement, layout: SceneLayout, roomName: string): void {
  const scene = new Scene(room, container, layout, roomName)
  scene.follow()
}

/** Draws a meeting: tiles with names, who speaks, shared screens; sound of all. No controls. */
class Scene {
  readonly #room: Room
  readonly #container: HTMLElement
  readonly #layout: SceneLayout
  readonly #shown = new Map<string, Shown>()
  readonly #spokeAt = new Map<string, number>()
  #isDue = false

  constructor(room: Room, container: HTMLElement, layout: SceneLayout, roomName: string) {
    this.#room = room
    this.#container = container
    this.#layout = layout
    container.dataset['layout'] = layout
    container.dataset['room'] = roomName
  }

  follow(): void {
    const room = this.#room
    for (const event of CHANGES) room.on(event, () => this.#changed())
    room.on(RoomEvent.TrackSubscribed, (track) => {
      if (track.kind === Track.Kind.Audio) this.#container.append(track.attach())
    })
    room.on(RoomEvent.TrackUnsubscribed, (track) => {
      if (track.kind === Track.Kind.Audio) for (const element of track.detach()) element.remove()
    })
    addEventListener('resize', () => this.#changed())
    this.#changed()
  }

  /** Drawn once, however much changed in the same moment. */
  #changed(): void {
    if (this.#isDue) return
    this.#isDue = true
    queueMicrotask(() => {
      this.#isDue = false
      this.#draw()
    })
  }

  #draw(): void {
    const now = performance.now()
    for (const speaker of this.#room.activeSpeakers) this.#spokeAt.set(speaker.identity, now)
    const tiles = this.#tiles()
    const { clientWidth: width, clientHeight: height } = this.#container
    const placed = placeTiles(tiles, this.#layout, { width, height })
    const keep = new Set(placed.map(({ key }) => key))
    for (const [key, shown] of this.#shown) {
      if (keep.has(key)) continue
      shown.track?.detach(shown.video)
      shown.element.remove()
      this.#shown.delete(key)
    }
    for (const { key, rect } of placed) {
      const tile = tiles.find((one) => one.key === key)
      if (tile === undefined) continue
      const { element } = this.#fill(tile)
      element.style.transform = `translate(${rect.x}px, ${rect.y}px)`
      element.style.width = `${rect.width}px`
      element.style.height = `${rect.height}px`
      element.dataset['size'] = rect.width < 260 ? 'small' : 'large'
    }
    this.#container.dataset['empty'] = String(placed.length === 0)
  }

  #tiles(): Drawn[] {
    // LiveKit's client tells whole seconds, and who came within the same one in any order.
    const people = [...this.#room.remoteParticipants.values()].sort(
      (a, b) =>
        (a.joinedAt?.getTime() ?? 0) - (b.joinedAt?.getTime() ?? 0) || (a.identity < b.identity ? -1 : 1),
    )
    return people.flatMap((participant): Drawn[] => {
      const camera = participant.getTrackPublication(Track.Source.Camera)
      const screen = participant.getTrackPublication(Track.Source.ScreenShare)
      const spokeAt = this.#spokeAt.get(participant.identity) ?? 0
      const person: Drawn = {
        key: `${participant.identity} camera`,
        kind: 'camera',
        participant,
        publication: camera,
        spokeAt,
        hasVideo: isSeen(camera),
      }
      return isSeen(screen)
        ? [
            {
              key: `${participant.identity} screen`,
              kind: 'screen',
              participant,
              publication: screen,
              spokeAt,
              hasVideo: true,
            },
            person,
          ]
        : [person]
    })
  }

  #fill({ key, kind, participant, publication, hasVideo }: Drawn): Shown {
    let shown = this.#shown.get(key)
    if (shown === undefined) {
      shown = makeTile(kind)
      this.#container.append(shown.element)
      this.#shown.set(key, shown)
    }
    const { element, video } = shown
    const track = hasVideo ? ((publication as RemoteTrackPublication | undefined)?.track ?? null) : null
    if (shown.track !== track) {
      shown.track?.detach(video)
      track?.attach(video)
      shown.track = track
    }
    element.dataset['video'] = String(track !== null)
    element.dataset['speaking'] = String(participant.isSpeaking && kind === 'camera')
    element.dataset['muted'] = String(!participant.isMicrophoneEnabled && kind === 'camera')
    const name = participant.name ?? participant.identity
    setText(element, '.name', name)
    const avatar = element.querySelector<HTMLElement>('.avatar')
    if (avatar !== null) {
      avatar.textContent = initials(name)
      avatar.style.setProperty('--hue', String(hueOf(participant.identity)))
    }
    return shown
  }
}

interface Drawn extends Tile {
  participant: Participant
  publication: ReturnType<Participant['getTrackPublication']>
}

const isSeen = (publication: Drawn['publication']): boolean =>
  publication !== undefined && publication.track !== undefined && !publication.isMuted

function setText(element: HTMLElement, selector: string, text: string): void {
  const found = element.querySelector(selector)
  if (found !== null && found.textContent !== text) found.textContent = text
}

/** The crossed microphone of lucide (ISC), as the call shows it. */
const MUTED =
  '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M2 2l20 20M18.9 13.2A7.1 7.1 0 0 0 19 12v-2M5 10v2a7 7 0 0 0 12 5M15 9.3V5a3 3 0 0 0-5.7-1.3M9 9v3a3 3 0 0 0 5.1 2.1M12 19v3"/></svg>'

function makeTile(kind: Tile['kind']): Shown {
  const element = document.createElement('article')
  element.className = 'tile'
  element.dataset['kind'] = kind
  element.innerHTML = `<div class="avatar"></div><video muted playsinline></video><div class="ring"></div><div class="chip">${MUTED}<span class="name"></span></div>`
  const video = element.querySelector('video')
  if (video === null) throw new Error('unreachable: it was just made')
  return { element, video, track: null }
}
