import type { Encoding } from '../rooms/config-schema.ts'
import type { RecordingRow } from './store.ts'

/** How a recording ended, once all its bytes are stored. */
export interface Outcome {
  status: 'complete' | 'failed' | 'aborted' | 'limit_reached'
  /** For people: why it ended. */
  details: string
  durationMs: number
  sizeBytes: number
  thumbnailKey?: string
  /** There may be something in the file although it could not be stored: it is left for the operator. */
  keepsFile?: true
  errorCode?: number
  error?: string
}

/** A recorder at work. */
export interface Recorder {
  /** What it really uses, the nearest it can to what was asked for. */
  encoding: Encoding
  egressId?: string
  /** Tells it to finish; `ended` follows. Calling it again does nothing. */
  stop(reason: string): void
  /** Never rejects. */
  ended: Promise<Outcome>
}

export interface RecorderJob {
  recordingId: string
  roomId: string
  roomName: string
  layout: 'grid' | 'speaker' | 'single-speaker'
  encoding: Encoding
  mediaKey: string
  thumbnailKey: string
}

/** A way to record. Which one is used is decided by configuration, for all recordings of a deployment. */
export interface RecorderDriver {
  kind: RecordingRow['driver']
  /** Why it cannot record at all, for people; null when it can. */
  fault(): string | null
  /**
   * Begins; resolves when it is really recording. Rejects when it cannot, or with the signal's reason. Whatever it
   * began is undone then.
   */
  start(job: RecorderJob, signal: AbortSignal): Promise<Recorder>
  /** Takes over one whose instance is gone: goes on with it, or saves what there is. */
  adopt(row: RecordingRow): Promise<Recorder>
  close(): Promise<void>
}
