import { useMemo } from 'react'
import { RecordingList } from '../../recordings/recording-list.tsx'
import type { Source } from '../../recordings/source.ts'
import { useEnvironment } from '../shell/environment.ts'

/** What was recorded in one room. */
export function RoomRecordings({ roomId, isManaged }: { roomId: string; isManaged: boolean }) {
  const environment = useEnvironment()
  const source = useMemo<Source>(() => ({ kind: 'session', environment }), [environment])
  return <RecordingList source={source} roomId={roomId} mayDelete={isManaged} mayEdit={isManaged} />
}
