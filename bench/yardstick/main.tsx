/**
 * What Parley's call is measured against: LiveKit's own components put together as its documentation and its
 * Meet application do, `PreJoin` and then `VideoConference`.
 */
import { LiveKitRoom, PreJoin, VideoConference, type LocalUserChoices } from '@livekit/components-react'
import '@livekit/components-styles'
import { useMemo, useState } from 'react'
import { createRoot } from 'react-dom/client'
import type { RoomOptions } from 'livekit-client'

interface Connection {
  serverUrl: string
  token: string
}

function Yardstick() {
  const [choices, setChoices] = useState<LocalUserChoices>()
  const [connection, setConnection] = useState<Connection>()
  const join = async (values: LocalUserChoices) => {
    setChoices(values)
    const response = await fetch(`/token${location.search}&name=${encodeURIComponent(values.username)}`)
    setConnection((await response.json()) as Connection)
  }
  if (connection === undefined || choices === undefined) {
    return (
      <main style={{ display: 'grid', placeItems: 'center', height: '100vh' }}>
        <PreJoin onSubmit={(values) => void join(values)} persistUserChoices={false} />
      </main>
    )
  }
  return <Meeting choices={choices} connection={connection} />
}

function Meeting({ choices, connection }: { choices: LocalUserChoices; connection: Connection }) {
  const options = useMemo(
    (): RoomOptions => ({
      adaptiveStream: true,
      dynacast: true,
      videoCaptureDefaults: { deviceId: choices.videoDeviceId },
      audioCaptureDefaults: { deviceId: choices.audioDeviceId },
    }),
    [choices],
  )
  return (
    <LiveKitRoom
      {...connection}
      options={options}
      audio={choices.audioEnabled}
      video={choices.videoEnabled}
      onConnected={() => performance.mark('connected')}
      style={{ height: '100vh' }}
    >
      <VideoConference />
    </LiveKitRoom>
  )
}

const root = document.getElementById('root')
if (root) createRoot(root).render(<Yardstick />)
