import type { RecordingView } from './schema.ts'
import type { RecordingRow } from './store.ts'

const FIELDS: ReadonlySet<string> = new Set([
  'recordingId',
  'roomId',
  'roomName',
  'status',
  'filename',
  'startDate',
  'endDate',
  'duration',
  'size',
  'layout',
  'encoding',
  'details',
  'errorCode',
  'error',
  'title',
  'startedBy',
])

/** A recording as contract/openvidu-meet.md 2.5 shows it; names that are no field do not choose. */
export function viewRecording(row: RecordingRow, fields: readonly string[] = []): RecordingView {
  const whole: RecordingView = {
    recordingId: row.recordingId,
    roomId: row.roomId,
    roomName: row.roomName,
    status: row.status,
    layout: row.layout as RecordingView['layout'],
    encoding: JSON.parse(row.encoding) as RecordingView['encoding'],
    filename: row.filename,
    startDate: row.startedAt,
    ...(row.endedAt === null ? {} : { endDate: row.endedAt }),
    ...(row.durationMs === null ? {} : { duration: row.durationMs / 1000 }),
    ...(row.sizeBytes === null ? {} : { size: row.sizeBytes }),
    ...(row.details === null ? {} : { details: row.details }),
    ...(row.errorCode === null ? {} : { errorCode: row.errorCode }),
    ...(row.error === null ? {} : { error: row.error }),
    ...(row.title === null ? {} : { title: row.title }),
    ...(row.startedByName === null ? {} : { startedBy: row.startedByName }),
  }
  const chosen = fields.filter((name) => FIELDS.has(name))
  return chosen.length === 0
    ? whole
    : Object.fromEntries(Object.entries(whole).filter(([name]) => chosen.includes(name)))
}
