import { useEffect, useMemo } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Lock, SearchX } from 'lucide-react'
import { Link, useParams, useSearchParams } from 'react-router'
import { ApiError } from '../api/client.ts'
import { useEnvironment } from '../console/shell/environment.ts'
import { LoadError } from '../console/shell/states.tsx'
import { useText } from '../locales/console.ts'
import { classNames } from '../ui/class-names.ts'
import { Logo } from '../ui/logo.tsx'
import { State } from '../ui/notice.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { startOf } from './format.ts'
import { OneRecording } from './player-page.tsx'
import { RecordingList } from './recording-list.tsx'
import styles from './recordings.module.css'
import { ask, type Source } from './source.ts'

/** Tokens last ten minutes; a new one is fetched well before. */
const RENEW_MS = 5 * 60_000

/**
 * `/room/:roomId/recordings?secret=`: what a room's link lets one see of its recordings; with `show-recording` that one
 * (contract/openvidu-meet.md 7.1).
 */
export function Component() {
  const { t } = useText()
  const roomId = useParams().roomId ?? ''
  const [params] = useSearchParams()
  const secret = params.get('secret')
  const shown = params.get('show-recording')
  const environment = useEnvironment()
  const entry = useQuery({
    queryKey: ['room-recordings', roomId, secret],
    queryFn: async () => {
      const { token } = await ask<{ token: string }>(
        { kind: 'session', environment },
        'POST',
        `/internal-api/v1/rooms/${encodeURIComponent(roomId)}/members/token`,
        { body: secret === null ? {} : { secret } },
      )
      const source: Source = { kind: 'room', roomId, token }
      const room = await ask<{ roomName: string }>(
        source,
        'GET',
        `/api/v1/rooms/${encodeURIComponent(roomId)}`,
      )
      return { token, roomName: room.roomName, permissions: permissionsIn(token) }
    },
    refetchInterval: RENEW_MS,
    retry: (count, error) => count < 2 && !(error instanceof ApiError && error.status >= 400),
  })
  const token = entry.data?.token
  const source = useMemo<Source | null>(
    () => (token === undefined ? null : { kind: 'room', roomId, token }),
    [roomId, token],
  )
  const title = t('recordings.ofRoom', { name: entry.data?.roomName ?? '' })
  useEffect(() => {
    if (shown === null) document.title = `${title} · Parley`
  }, [shown, title])
  const status = entry.error instanceof ApiError ? entry.error.status : 0
  let content
  if (entry.data !== undefined && source !== null) {
    const { permissions } = entry.data
    content = shown ? (
      <>
        {permissions.recordingList && (
          <Link to={`?${withoutRecording(params)}`}>
            {t('recordings.ofRoom', { name: entry.data.roomName })}
          </Link>
        )}
        <OneRecording source={source} recordingId={shown} startAt={startOf(params.get('t'))} />
      </>
    ) : permissions.recordingList ? (
      <>
        <h1 className={styles.title}>{title}</h1>
        <RecordingList
          source={source}
          roomId={roomId}
          mayDownload={permissions.recordingDownload}
          mayDelete={permissions.recordingDelete}
          mayEdit={permissions.recordingControl}
        />
      </>
    ) : (
      <State icon={<Lock aria-hidden="true" />} title={t('recordings.deniedTitle')}>
        {t('recordings.deniedText')}
      </State>
    )
  } else if (!entry.isError)
    content = (
      <>
        <Skeleton width="40%" height={32} />
        <Skeleton width="100%" height={240} />
      </>
    )
  else if (status === 401 || status === 403)
    content = (
      <State alert icon={<Lock aria-hidden="true" />} title={t('recordings.deniedTitle')}>
        {t('recordings.deniedText')}
      </State>
    )
  else if (status === 400 || status === 404)
    content = (
      <State alert icon={<SearchX aria-hidden="true" />} title={t('recordings.goneTitle')}>
        {t('recordings.linkGone')}
      </State>
    )
  else content = <LoadError error={entry.error} retry={() => void entry.refetch()} />
  return (
    <div className={styles.open}>
      <header className={styles.top}>
        <Logo />
      </header>
      <main className={classNames(styles.content, shown !== null && 'recording-page-content')}>
        {content}
      </main>
    </div>
  )
}

function withoutRecording(params: URLSearchParams): string {
  const rest = new URLSearchParams(params)
  rest.delete('show-recording')
  rest.delete('t')
  return rest.toString()
}

interface Permissions {
  recordingList: boolean
  recordingDownload: boolean
  recordingDelete: boolean
  recordingControl: boolean
}

/** What a room member token says that its bearer may do; the server decides, this only hides buttons. */
function permissionsIn(token: string): Permissions {
  const none = {
    recordingList: false,
    recordingDownload: false,
    recordingDelete: false,
    recordingControl: false,
  }
  try {
    const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')
    const { metadata } = JSON.parse(atob(payload)) as { metadata: string }
    return { ...none, ...(JSON.parse(metadata) as { permissions: Partial<Permissions> }).permissions }
  } catch {
    return none
  }
}
