/** Which decisions a refused deletion waits for. */
export interface Questions {
  meeting: boolean
  recordings: boolean
}

/** Refusal codes of contract/openvidu-meet.md 3.1 and what each asks. */
const REFUSALS: Record<string, Questions> = {
  room_has_active_meeting: { meeting: true, recordings: false },
  room_has_recordings: { meeting: false, recordings: true },
  room_with_recordings_has_active_meeting: { meeting: true, recordings: true },
  room_with_active_meeting_has_recordings: { meeting: true, recordings: true },
  room_with_active_meeting_has_recordings_cannot_schedule_deletion: { meeting: true, recordings: true },
}

/** What to ask after these refusals; null when one of them cannot be answered by a decision. */
export function questionsFor(codes: string[]): Questions | null {
  const asked: Questions = { meeting: false, recordings: false }
  for (const code of codes) {
    const questions = REFUSALS[code]
    if (questions === undefined) return null
    asked.meeting ||= questions.meeting
    asked.recordings ||= questions.recordings
  }
  return codes.length === 0 ? null : asked
}

/** What happened, in words, by the `successCode` of the answer. */
export function deletionText(
  successCode: string,
): 'rooms.deleted' | 'rooms.scheduledDelete' | 'rooms.scheduledClose' | 'rooms.closedKept' {
  if (successCode.endsWith('scheduled_to_be_deleted')) return 'rooms.scheduledDelete'
  if (successCode.endsWith('scheduled_to_be_closed')) return 'rooms.scheduledClose'
  if (successCode.endsWith('closed')) return 'rooms.closedKept'
  return 'rooms.deleted'
}
