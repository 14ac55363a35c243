import { forbidden, NotFound } from '../errors.ts'
import type { Caller, RoomMemberCaller } from '../http/caller.ts'
import type { Meetings } from './meetings.ts'

/** A room member token of somebody who has joined: its identity is on the meeting's list. */
export type ParticipantCaller = RoomMemberCaller & { identity: string }

/** The room member behind a request about `roomId`; another room's token is refused. */
export function memberOf(caller: Caller, roomId: string): RoomMemberCaller {
  if (caller.kind !== 'roomMember')
    throw new Error(`an endpoint for room members was reached by ${caller.kind}`)
  if (caller.roomId !== roomId) throw forbidden()
  return caller
}

/**
 * As {@link memberOf}, for what only a participant may do or see: a token that never joined says nothing about having
 * been let in. Throws NotFound for one.
 */
export function participantOf(caller: Caller, roomId: string): ParticipantCaller {
  const member = memberOf(caller, roomId)
  if (member.identity === null) throw notInMeeting('')
  return { ...member, identity: member.identity }
}

/**
 * As {@link participantOf}, for what only somebody who is in the meeting may do, perhaps to the participant `target`.
 * LiveKit's event that they have come may still be on its way: whoever is connected counts as here from now on.
 */
export async function presentOf(
  { meetings }: { meetings: Meetings },
  caller: Caller,
  roomId: string,
  target?: string | null,
): Promise<ParticipantCaller> {
  const participant = participantOf(caller, roomId)
  if (!participant.isPresent) await meetings.notice(roomId, participant.identity)
  if (typeof target === 'string') await meetings.notice(roomId, target)
  return participant
}

export const notInMeeting = (identity: string) =>
  new NotFound('participant_not_found', `Participant '${identity}' is not in the meeting`, {
    error: 'Participant Error',
  })
