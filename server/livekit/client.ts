import {
  DataPacket_Kind,
  type ParticipantInfo,
  ParticipantInfo_State,
  type Room,
  RoomServiceClient,
  type TrackSource,
  TwirpError,
} from 'livekit-server-sdk'
import type { Logger } from '../log.ts'
import { sourcesFor, type LiveKitCredentials } from './grants.ts'
import type { Voice } from './voice.ts'
import type { PermissionSet } from '../rooms/permissions.ts'

/** What our LiveKit rooms carry as `createdBy`, so that others' rooms on a shared server are left alone. */
export const CREATED_BY = 'openviduMeet'

interface Options {
  credentials: LiveKitCredentials
  voice: Voice
  /** Where the server's HTTP API answers: http://127.0.0.1:7880 */
  url: () => string
  emptyTimeoutSeconds: number
  departureTimeoutSeconds: number
  log: Logger
}

/** LiveKit's RoomService in our words; what is already gone is no error. */
export class LiveKit {
  readonly #options: Options
  #service: RoomServiceClient | undefined
  #serviceUrl = ''

  constructor(options: Options) {
    this.#options = options
  }

  get #rooms(): RoomServiceClient {
    const url = this.#options.url()
    if (this.#service === undefined || url !== this.#serviceUrl) {
      const { apiKey, apiSecret } = this.#options.credentials
      this.#serviceUrl = url
      this.#service = new RoomServiceClient(url, apiKey, apiSecret, { requestTimeout: 5 })
    }
    return this.#service
  }

  /**
   * Makes the LiveKit room, or finds it running: a room exists only because a join was allowed. LiveKit is not told
   * how many may come in: it would keep to the number with which the room began.
   */
  async openRoom(roomId: string): Promise<Room> {
    return this.#rooms.createRoom({
      name: roomId,
      emptyTimeout: this.#options.emptyTimeoutSeconds,
      departureTimeout: this.#options.departureTimeoutSeconds,
      metadata: JSON.stringify({ createdBy: CREATED_BY, roomOptions: {} }),
    })
  }

  /** Ends the meeting for all; false when there was none. */
  async endRoom(roomId: string): Promise<boolean> {
    return this.#unlessGone(() => this.#rooms.deleteRoom(roomId))
  }

  /** Our rooms that run now. */
  async listRooms(): Promise<Room[]> {
    const rooms = await this.#rooms.listRooms()
    return rooms.filter((room) => isOurs(room.metadata))
  }

  async listParticipants(roomId: string): Promise<ParticipantInfo[]> {
    let found: ParticipantInfo[] = []
    await this.#unlessGone(async () => {
      found = await this.#rooms.listParticipants(roomId)
    })
    return found
  }

  /** Somebody who is connected now, and the run of the room that they are in; undefined for who is not. */
  async findParticipant(
    roomId: string,
    identity: string,
  ): Promise<{ participant: ParticipantInfo; roomSid: string } | undefined> {
    let participant: ParticipantInfo | undefined
    await this.#unlessGone(async () => {
      participant = await this.#rooms.getParticipant(roomId, identity)
    })
    if (participant === undefined || participant.state === ParticipantInfo_State.DISCONNECTED)
      return undefined
    const [room] = await this.#rooms.listRooms([roomId])
    return room === undefined ? undefined : { participant, roomSid: room.sid }
  }

  /** Whether anybody is in a meeting whom others see; recorders are nobody. */
  async hasPeople(roomId: string): Promise<boolean> {
    return (await this.listParticipants(roomId)).some(({ permission }) => permission?.hidden !== true)
  }

  /** Disconnects a participant; false when they were not there. */
  async removeParticipant(roomId: string, identity: string): Promise<boolean> {
    return this.#unlessGone(() => this.#rooms.removeParticipant(roomId, identity))
  }

  /** Changes what a connected participant may publish, at once; false when they were not there. */
  async grant(roomId: string, identity: string, permissions: PermissionSet): Promise<boolean> {
    const sources = sourcesFor(permissions)
    return this.#unlessGone(() =>
      this.#rooms.updateParticipant(roomId, identity, {
        permission: {
          canPublish: sources.length > 0,
          canPublishSources: sources,
          canSubscribe: true,
          canPublishData: permissions.chatWrite,
          canUpdateMetadata: true,
        },
      }),
    )
  }

  /** Mutes what a participant publishes from these sources; they may unmute it again by themselves. */
  async muteTracks(roomId: string, participant: ParticipantInfo, sources: TrackSource[]): Promise<void> {
    const due = participant.tracks.filter((track) => sources.includes(track.source) && !track.muted)
    await Promise.all(
      due.map(({ sid }) =>
        this.#unlessGone(() => this.#rooms.mutePublishedTrack(roomId, participant.identity, sid, true)),
      ),
    )
  }

  /**
   * Tells the pages in a room: signed JSON on topic `parley` ({@link Voice}). A hint that may be lost: what must last
   * is stored before, and a room that just ended is no error.
   */
  async tell(roomId: string, message: object, to?: string[]): Promise<void> {
    if (to?.length === 0) return
    const bytes = this.#options.voice.speak(roomId, message)
    const options = { topic: 'parley', ...(to === undefined ? {} : { destinationIdentities: to }) }
    await this.#rooms.sendData(roomId, bytes, DataPacket_Kind.RELIABLE, options).catch((err: unknown) => {
      this.#options.log.debug({ err, roomId }, 'nobody could be told')
    })
  }

  async #unlessGone(call: () => Promise<unknown>): Promise<boolean> {
    try {
      await call()
      return true
    } catch (err) {
      if (err instanceof TwirpError && err.status === 404) return false
      throw err
    }
  }
}

/** Whether a LiveKit room was made by Parley, by its metadata. */
export function isOurs(metadata: string): boolean {
  try {
    const value: unknown = JSON.parse(metadata)
    return (
      typeof value === 'object' &&
      value !== null &&
      (value as { createdBy?: unknown }).createdBy === CREATED_BY
    )
  } catch {
    return false
  }
}
