import { useState } from 'react'
import { DoorOpen } from 'lucide-react'
import { Link } from 'react-router'
import { useText } from '../../locales/console.ts'
import { buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { CodeBlock } from '../../ui/copy.tsx'
import { SelectField } from '../../ui/field.tsx'
import { State } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { ApiKeys } from '../keys/api-keys.tsx'
import { useRooms, type Room } from '../rooms/rooms.ts'
import { Page } from '../shell/page.tsx'
import { LoadError } from '../shell/states.tsx'
import styles from './embedded-page.module.css'
import { createRoomCommand, createRoomNode, createRoomPython, frameHtml, linkHtml } from './snippets.ts'

const PLACEHOLDER = 'YOUR_API_KEY'

export function Component() {
  const { t } = useText()
  return (
    <Page title={t('embedded.title')} purpose={t('embedded.purpose')}>
      <ApiKeys />
      <CallTheApi />
      <EmbedARoom />
    </Page>
  )
}

function CallTheApi() {
  const { t } = useText()
  const { origin } = window.location
  return (
    <Card title={t('embedded.callTitle')} description={t('embedded.callPurpose')}>
      <Snippets
        label={t('embedded.callTabs')}
        codes={[
          { id: 'curl', name: t('embedded.curl'), code: createRoomCommand(origin, PLACEHOLDER) },
          { id: 'node', name: t('embedded.node'), code: createRoomNode(origin, PLACEHOLDER) },
          { id: 'python', name: t('embedded.python'), code: createRoomPython(origin, PLACEHOLDER) },
        ]}
      />
    </Card>
  )
}

function EmbedARoom() {
  const { t } = useText()
  const rooms = useRooms({ name: '', status: '', sort: 'newest' })
  const list = (rooms.data?.pages ?? [])
    .flatMap((page) => page.rooms)
    .filter((room) => room.status !== 'closed')
  let content
  if (rooms.isPending) content = <Skeleton height={160} />
  else if (rooms.data === undefined)
    content = <LoadError error={rooms.error} retry={() => void rooms.refetch()} />
  else if (list.length === 0) {
    content = (
      <State
        icon={<DoorOpen aria-hidden="true" />}
        action={
          <Link to="/rooms" className={buttonClass({})}>
            {t('embedded.createRoom')}
          </Link>
        }
      >
        {t('embedded.noRooms')}
      </State>
    )
  } else content = <EmbedBuilder rooms={list} />
  return (
    <Card title={t('embedded.embedTitle')} description={t('embedded.embedPurpose')}>
      {content}
    </Card>
  )
}

function EmbedBuilder({ rooms }: { rooms: Room[] }) {
  const { t } = useText()
  const [roomId, setRoomId] = useState('')
  const [role, setRole] = useState<'speaker' | 'moderator'>('speaker')
  const room = rooms.find((one) => one.roomId === roomId) ?? rooms[0]
  if (room === undefined) return null
  const url =
    (role === 'speaker' ? room.speakerUrl : room.moderatorUrl) ??
    `${window.location.origin}/room/${room.roomId}`
  return (
    <div className={styles.stack}>
      <div className={styles.choose}>
        <SelectField
          label={t('embedded.room')}
          value={room.roomId}
          onChange={(event) => setRoomId(event.target.value)}
        >
          {rooms.map((one) => (
            <option key={one.roomId} value={one.roomId}>
              {one.roomName}
            </option>
          ))}
        </SelectField>
        <SelectField
          label={t('embedded.role')}
          value={role}
          onChange={(event) => setRole(event.target.value === 'moderator' ? 'moderator' : 'speaker')}
        >
          <option value="speaker">{t('embedded.speaker')}</option>
          <option value="moderator">{t('embedded.moderator')}</option>
        </SelectField>
      </div>
      <Snippets
        label={t('embedded.embedTabs')}
        codes={[
          { id: 'iframe', name: t('embedded.iframe'), code: frameHtml(url, room.roomName) },
          { id: 'link', name: t('embedded.link'), code: linkHtml(url, room.roomName) },
        ]}
      />
      <p className={styles.note}>
        {t('embedded.secretNote')}{' '}
        <a href={url} target="_blank" rel="noopener">
          {t('embedded.openLink')}
        </a>
      </p>
    </div>
  )
}

function Snippets({ label, codes }: { label: string; codes: { id: string; name: string; code: string }[] }) {
  const { t } = useText()
  return (
    <Tabs
      label={label}
      tabs={codes.map(({ id, name, code }) => ({
        id,
        label: name,
        content: (
          <CodeBlock
            code={code}
            label={t('embedded.code', { what: name })}
            copyLabel={t('embedded.copyCode', { what: name })}
          />
        ),
      }))}
    />
  )
}
