import { ParticipantEvent, RoomEvent } from 'livekit-client'
import { useEffect } from 'react'
import type { CallParts } from './context.ts'
import { TalkMeter } from './talk-meter.ts'

const REPORT_MS = 10_000

/** Tells the server how long LiveKit has heard this participant, for the report of the meeting. */
export const useTalkReport = ({ room, session }: CallParts): void => {
  useEffect(() => {
    const me = room.localParticipant
    const meter = new TalkMeter({
      send: (talkMs) => session.lastly((api, roomId, token) => api.talked(roomId, token, talkMs)),
    })
    const onChange = () => meter.turn(me.isSpeaking)
    const report = () => void meter.report()
    const stop = () => {
      meter.turn(false)
      report()
    }
    onChange()
    me.on(ParticipantEvent.IsSpeakingChanged, onChange)
    room.on(RoomEvent.Disconnected, stop)
    // Many end a meeting by closing its tab.
    addEventListener('pagehide', report)
    const timer = setInterval(report, REPORT_MS)
    return () => {
      clearInterval(timer)
      removeEventListener('pagehide', report)
      room.off(RoomEvent.Disconnected, stop)
      me.off(ParticipantEvent.IsSpeakingChanged, onChange)
      stop()
    }
  }, [room, session])
}
