import { asRecord, asText } from '../json.ts'

/** The recording that runs in this meeting, as the server tells of it. */
export interface RunningRecording {
  recordingId: string
  status: 'starting' | 'active' | 'ending'
  startedBy: string | null
  startedByIdentity: string | null
  /** For how long it has been active when this was told: this computer's clock need not agree with the server's. */
  elapsedMs: number
}

/** What a participant sees of it, and what they answered to it. */
export interface RecordingState {
  recording: RunningRecording | null
  consentText: string | null
  consent: 'agreed' | 'declined' | null
  /** Why nothing can be recorded; null where it can. */
  unavailable: string | null
}

/** Whether this person said no to the recording that runs: until it ends nothing is taken from them. */
export const hasDeclined = ({ recording, consent }: RecordingState): boolean =>
  recording !== null && consent === 'declined'

/** Null for anything that is no running recording. */
export const parseRunning = (value: unknown): RunningRecording | null => {
  const { recordingId, status, startedBy, startedByIdentity, elapsedMs } = asRecord(value)
  if (typeof recordingId !== 'string') return null
  if (status !== 'starting' && status !== 'active' && status !== 'ending') return null
  return {
    recordingId,
    status,
    startedBy: asText(startedBy) || null,
    startedByIdentity: asText(startedByIdentity) || null,
    elapsedMs: typeof elapsedMs === 'number' ? Math.max(0, elapsedMs) : 0,
  }
}

export const parseRecordingState = (value: unknown): RecordingState => {
  const body = asRecord(value)
  const { consent } = body
  return {
    recording: parseRunning(body['recording']),
    consentText: asText(body['consentText']) || null,
    consent: consent === 'agreed' || consent === 'declined' ? consent : null,
    unavailable: asText(body['unavailable']) || null,
  }
}
