import type { ReactNode } from 'react'
import { Fragment, useEffect, useRef, useState } from 'react'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { errorText, fieldError } from '../../ui/errors.ts'
import { BareSelect, Choice, ChoiceGroup, TextField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { SwitchRow } from '../../ui/switch.tsx'
import { toast } from '../../ui/toast.tsx'
import { Loaded, StaleNotice } from '../shell/states.tsx'
import { FEATURE_TEXT, FEATURES, LAYOUTS, WAITING_ROOMS, type Feature } from './options.ts'
import styles from './room-page.module.css'
import { useChangeConfig, useChangeSettings, useSettings, type RoomSettings } from './room.ts'
import type { Room } from './rooms.ts'
import { SaveState } from './save-state.tsx'

/** What meetings in the room offer; cannot be changed while one runs. */
export function RoomFeatures({ room, isManaged }: { room: Room; isManaged: boolean }) {
  const { t } = useText()
  const change = useChangeConfig(room)
  const { config } = room
  if (!config) return null
  const isBusy = room.status === 'active_meeting'
  const isLocked = isBusy || !isManaged
  const turn = (feature: Feature, isOn: boolean) => {
    const hadRecording = config.recording.enabled
    change.mutate(
      { [feature]: { enabled: isOn } },
      {
        onSuccess: () => {
          // The one switch that takes another with it: say so, and give both back.
          if (feature !== 'e2ee' || !isOn || !hadRecording) return
          toast({
            text: t('room.e2eeOn'),
            action: {
              label: t('rooms.undo'),
              onSelect: () => change.mutate({ e2ee: { enabled: false }, recording: { enabled: true } }),
            },
          })
        },
      },
    )
  }
  return (
    <Card
      title={t('room.features')}
      description={t('room.featuresPurpose')}
      action={<SaveState of={[change]} />}
    >
      <div className={styles.rows}>
        {isBusy && isManaged && <Notice title={t('room.busyTitle')}>{t('room.busyFeatures')}</Notice>}
        {FEATURES.map((feature) => {
          const isRuledOut = feature === 'recording' && config.e2ee.enabled
          return (
            <Fragment key={feature}>
              <SwitchRow
                label={t(FEATURE_TEXT[feature].label)}
                hint={t(isRuledOut ? 'room.recordingsOff' : FEATURE_TEXT[feature].hint)}
                checked={config[feature].enabled}
                disabled={isLocked || isRuledOut}
                onChange={(isOn) => turn(feature, isOn)}
              />
              {feature === 'recording' && config.recording.enabled && (
                <Row label={t('room.layout')}>
                  <BareSelect
                    label={t('room.layout')}
                    value={config.recording.layout}
                    disabled={isLocked}
                    onChange={(event) =>
                      change.mutate({
                        recording: {
                          enabled: true,
                          layout: LAYOUTS.find((layout) => layout === event.target.value),
                        },
                      })
                    }
                  >
                    {LAYOUTS.map((layout) => (
                      <option key={layout} value={layout}>
                        {t(`room.layouts.${layout}`)}
                      </option>
                    ))}
                  </BareSelect>
                </Row>
              )}
            </Fragment>
          )
        })}
      </div>
    </Card>
  )
}

const Row = ({ label, hint, children }: { label: string; hint?: string; children: ReactNode }) => (
  <div className={styles.row}>
    {/* The control names itself; this is what the eye reads. */}
    <div aria-hidden="true">
      <span>{label}</span>
      {hint && <p className={styles.hint}>{hint}</p>}
    </div>
    {children}
  </div>
)

/** What can be changed at any time, also while people meet. */
export function RoomLiveSettings({ room, isManaged }: { room: Room; isManaged: boolean }) {
  const { t } = useText()
  const settings = useSettings(room.roomId)
  const change = useChangeSettings(room)
  return (
    <Card title={t('room.live')} description={t('room.livePurpose')} action={<SaveState of={[change]} />}>
      <Loaded query={settings} skeleton={<Skeleton height={280} />}>
        {(saved) => (
          <>
            <StaleNotice error={settings.error} />
            <LiveRows room={room} settings={saved} isManaged={isManaged} change={change} />
          </>
        )}
      </Loaded>
    </Card>
  )
}

const CHAT_HISTORIES = ['keep', 'meeting', 'none'] as const satisfies RoomSettings['chatHistory'][]
const LOCKS = ['audio', 'video', 'screen', 'chat'] as const satisfies (keyof RoomSettings['locks'])[]

function LiveRows({
  room,
  settings,
  isManaged,
  change,
}: {
  room: Room
  settings: RoomSettings
  isManaged: boolean
  change: ReturnType<typeof useChangeSettings>
}) {
  const { t } = useText()
  return (
    <div className={styles.rows}>
      <Row label={t('room.waitingRoom')} hint={t('room.waitingRoomHint')}>
        <BareSelect
          label={t('room.waitingRoom')}
          value={settings.waitingRoom}
          disabled={!isManaged}
          onChange={(event) =>
            change.mutate({ waitingRoom: WAITING_ROOMS.find((kind) => kind === event.target.value) })
          }
        >
          {WAITING_ROOMS.map((kind) => (
            <option key={kind} value={kind}>
              {t(`room.waitingRooms.${kind}`)}
            </option>
          ))}
        </BareSelect>
      </Row>
      <Row label={t('room.chatHistory')} hint={t('room.chatHistoryHint')}>
        <BareSelect
          label={t('room.chatHistory')}
          value={settings.chatHistory}
          disabled={!isManaged}
          onChange={(event) =>
            change.mutate({ chatHistory: CHAT_HISTORIES.find((kind) => kind === event.target.value) })
          }
        >
          {CHAT_HISTORIES.map((kind) => (
            <option key={kind} value={kind}>
              {t(`room.chatHistories.${kind}`)}
            </option>
          ))}
        </BareSelect>
      </Row>
      <SwitchRow
        label={t('room.attachments')}
        hint={t('room.attachmentsHint')}
        checked={settings.attachments}
        disabled={!isManaged}
        onChange={(attachments) => change.mutate({ attachments })}
      />
      <MostPeople room={room} most={settings.maxParticipants} isManaged={isManaged} />
      <div className={styles.locks}>
        <ChoiceGroup legend={t('room.locks')}>
          {LOCKS.map((lock) => (
            <Choice
              key={lock}
              type="checkbox"
              label={t(`room.lock.${lock}`)}
              checked={settings.locks[lock]}
              disabled={!isManaged}
              onChange={(event) => change.mutate({ locks: { [lock]: event.target.checked } })}
            />
          ))}
        </ChoiceGroup>
        <p className={styles.hint}>{t('room.locksHint')}</p>
      </div>
    </div>
  )
}

/** A number is saved on purpose: half of it typed is another number. */
function MostPeople({ room, most, isManaged }: { room: Room; most: number | null; isManaged: boolean }) {
  const { t } = useText()
  const saved = most === null ? '' : String(most)
  const [typed, setTyped] = useState(saved)
  const [isChecked, setChecked] = useState(false)
  const known = useRef(saved)
  const change = useChangeSettings(room)
  useEffect(() => {
    // Changed elsewhere: shown unless something is being typed here.
    if (saved !== known.current && typed === known.current) setTyped(saved)
    known.current = saved
  }, [saved, typed])
  const value = typed.trim() === '' ? null : Number(typed)
  const isValid = value === null || (Number.isInteger(value) && value >= 1 && value <= 1000)
  const fault =
    isChecked && !isValid
      ? t('room.maxParticipantsInvalid')
      : change.isError
        ? (fieldError(change.error, 'maxParticipants') ?? errorText(change.error, t))
        : null
  return (
    <Form
      className={styles.number}
      isBusy={change.isPending}
      onSubmit={() => {
        setChecked(true)
        if (isValid)
          change.mutate(
            { maxParticipants: value },
            { onSuccess: () => toast({ text: t('room.limitSaved') }) },
          )
      }}
    >
      <TextField
        label={t('room.maxParticipants')}
        hint={t('room.maxParticipantsHint')}
        error={fault}
        inputMode="numeric"
        autoComplete="off"
        value={typed}
        readOnly={!isManaged}
        onChange={(event) => {
          setTyped(event.target.value)
          setChecked(false)
        }}
      />
      {isManaged && typed !== saved && (
        <Button type="submit" busy={change.isPending}>
          {t('ui.save')}
        </Button>
      )}
    </Form>
  )
}
