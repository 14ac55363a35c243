import { createElement, useEffect, useId, useState } from 'react'
import { DoorOpen, Eye } from 'lucide-react'
import { Link } from 'react-router'
import { useText } from '../../locales/console.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { contrast, type Rgb } from '../../ui/contrast.ts'
import { SelectField, TextField } from '../../ui/field.tsx'
import { State } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { SwitchRow } from '../../ui/switch.tsx'
import { useRooms, type Room } from '../rooms/rooms.ts'
import { Loaded } from '../shell/states.tsx'
import { CodeTabs } from './code-tabs.tsx'
import styles from './embed-builder.module.css'
import {
  attributesOf,
  elementHtml,
  elementReact,
  elementVue,
  frameHtml,
  linkHtml,
  type EmbedChoice,
} from './snippets.ts'

/** Options on one side, the meeting as it will be on the other, and below it the code for both. */
export function EmbedARoom() {
  const { t } = useText()
  const rooms = useRooms({ name: '', status: '', sort: 'newest' })
  const list = (rooms.data?.pages ?? [])
    .flatMap((page) => page.rooms)
    .filter((room) => room.status !== 'closed')
  return (
    <Card title={t('embedded.embedTitle')} description={t('embedded.embedPurpose')}>
      <Loaded query={rooms} skeleton={<Skeleton height={160} />}>
        {() =>
          list.length > 0 ? (
            <Builder rooms={list} />
          ) : (
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
        }
      </Loaded>
    </Card>
  )
}

const HEIGHTS = { least: 320, most: 1200, usual: 640 }

function Builder({ rooms }: { rooms: Room[] }) {
  const { t } = useText()
  const [roomId, setRoomId] = useState('')
  const [role, setRole] = useState<'speaker' | 'moderator'>('speaker')
  const [options, setOptions] = useState({
    participantName: '',
    leaveRedirectUrl: '',
    accent: '',
    height: String(HEIGHTS.usual),
    showOnlyRecordings: false,
  })
  const change = (part: Partial<typeof options>) => setOptions({ ...options, ...part })
  const room = rooms.find((one) => one.roomId === roomId) ?? rooms[0]
  if (room === undefined) return null
  const url =
    (role === 'speaker' ? room.speakerUrl : room.moderatorUrl) ??
    `${window.location.origin}/room/${room.roomId}`
  const height = Number(options.height)
  const isHeight = height >= HEIGHTS.least && height <= HEIGHTS.most
  const { participantName, leaveRedirectUrl, accent, showOnlyRecordings } = options
  const choice: EmbedChoice = {
    server: window.location.origin,
    roomUrl: url,
    roomName: room.roomName,
    participantName: participantName.trim(),
    leaveRedirectUrl: leaveRedirectUrl.trim(),
    accent,
    heightPx: isHeight ? height : HEIGHTS.usual,
    showOnlyRecordings,
  }
  return (
    <div className={styles.builder}>
      <div className={styles.options}>
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
        <TextField
          label={t('embedded.name')}
          optional
          value={participantName}
          maxLength={60}
          onChange={(event) => change({ participantName: event.target.value })}
        />
        <TextField
          label={t('embedded.leave')}
          optional
          value={leaveRedirectUrl}
          placeholder="/bye"
          spellCheck={false}
          hint={t('embedded.leaveHint')}
          onChange={(event) => change({ leaveRedirectUrl: event.target.value })}
        />
        <Accent value={accent} onChange={(value) => change({ accent: value })} />
        <TextField
          label={t('embedded.height')}
          type="number"
          min={HEIGHTS.least}
          max={HEIGHTS.most}
          step={20}
          value={options.height}
          error={isHeight ? null : t('embedded.heightInvalid', { least: HEIGHTS.least, most: HEIGHTS.most })}
          onChange={(event) => change({ height: event.target.value })}
        />
        <SwitchRow
          label={t('embedded.onlyRecordings')}
          checked={showOnlyRecordings}
          onChange={(isOn) => change({ showOnlyRecordings: isOn })}
        />
      </div>
      <Preview choice={choice} />
      <div className={styles.codes}>
        <CodeTabs
          label={t('embedded.embedTabs')}
          codes={[
            { id: 'html', name: t('embedded.html'), code: elementHtml(choice) },
            { id: 'react', name: t('embedded.react'), code: elementReact(choice) },
            { id: 'vue', name: t('embedded.vue'), code: elementVue(choice) },
            { id: 'iframe', name: t('embedded.iframe'), code: frameHtml(choice) },
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
    </div>
  )
}

const STAGE: Rgb = [14, 17, 22]
const rgbOf = (hex: string): Rgb =>
  [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as unknown as Rgb

/** A colour for buttons and links; the meeting itself keeps whatever is chosen readable. */
function Accent({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useText()
  const id = useId()
  const isWeak = value !== '' && contrast(rgbOf(value), STAGE) < 3
  return (
    <div className={styles.accent}>
      <label htmlFor={id}>{t('embedded.accent')}</label>
      <div className={styles.colour}>
        <input
          id={id}
          type="color"
          value={value || '#2b65e3'}
          aria-describedby={`${id}-hint`}
          onChange={(event) => onChange(event.target.value)}
        />
        {value !== '' && (
          <Button variant="ghost" size="small" onClick={() => onChange('')}>
            {t('embedded.accentUsual')}
          </Button>
        )}
      </div>
      <p id={`${id}-hint`} className={styles.note} role="status">
        {isWeak && t('embedded.accentWeak')}
      </p>
    </div>
  )
}

/** The element itself, as a page of somebody else's shows it. Camera and microphone wait for a click. */
function Preview({ choice }: { choice: EmbedChoice }) {
  const { t } = useText()
  const [isOn, setOn] = useState(false)
  useEffect(() => {
    // From where everybody gets it, so that this is what everybody gets.
    if (isOn) void import(/* @vite-ignore */ `${choice.server}/v1/parley.esm.js`)
  }, [isOn, choice.server])
  return (
    <section className={styles.preview} aria-label={t('embedded.preview')}>
      {isOn ? (
        createElement('parley-meet', {
          ...Object.fromEntries(
            // Closing the preview must not take the console elsewhere.
            attributesOf({ ...choice, leaveRedirectUrl: '' }),
          ),
          accent: choice.accent || null,
          'participant-name': choice.participantName || null,
          'show-only-recordings': choice.showOnlyRecordings ? 'true' : null,
          style: { height: choice.heightPx },
        })
      ) : (
        <div className={styles.closed}>
          <Button onClick={() => setOn(true)}>
            <Eye aria-hidden="true" />
            {t('embedded.showPreview')}
          </Button>
          <p className={styles.note}>{t('embedded.previewNote')}</p>
        </div>
      )}
      {isOn && (
        <Button variant="ghost" size="small" className={styles.hide} onClick={() => setOn(false)}>
          {t('embedded.hidePreview')}
        </Button>
      )}
    </section>
  )
}
