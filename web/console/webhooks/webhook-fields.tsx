import type { ReactNode } from 'react'
import { useState } from 'react'
import { useText } from '../../locales/console.ts'
import { fieldError, formError } from '../../ui/errors.ts'
import { Choice, ChoiceGroup, TextField } from '../../ui/field.tsx'
import { Notice } from '../../ui/notice.tsx'
import type { EventName, Webhook } from './webhooks.ts'
import styles from './webhooks.module.css'

/** As the form shows them; those by choice are not ticked at first. */
const GROUPS = [
  { name: 'meetings', events: ['meetingStarted', 'meetingEnded', 'participantJoined', 'participantLeft'] },
  { name: 'recordings', events: ['recordingStarted', 'recordingUpdated', 'recordingEnded'] },
  { name: 'rooms', events: ['roomCreated', 'roomUpdated', 'roomDeleted'] },
  { name: 'byChoice', events: ['chatMessageSent', 'keyCreated', 'keyRotated', 'keyRevoked'] },
] as const satisfies { name: string; events: EventName[] }[]
const DEFAULT = GROUPS.filter(({ name }) => name !== 'byChoice').flatMap(({ events }): EventName[] => [
  ...events,
])

/** The values of the fields that creating and changing a webhook share, and what is wrong with them. */
export function useWebhookFields(webhook: Webhook | null) {
  const { t } = useText()
  const [url, setUrl] = useState(webhook?.url ?? '')
  const [chosen, setChosen] = useState<ReadonlySet<EventName>>(new Set(webhook?.events ?? DEFAULT))
  const trimmed = url.trim()
  return {
    url,
    setUrl,
    chosen,
    setChosen,
    values: { url: trimmed, events: [...chosen] },
    faults: {
      url: /^https?:\/\/[^\s/]/i.test(trimmed) ? null : t('webhooks.urlRequired'),
      events: chosen.size === 0 ? t('webhooks.eventsRequired') : null,
    },
  }
}
type Fields = ReturnType<typeof useWebhookFields>

export const hasFault = ({ faults }: Fields): boolean => Object.values(faults).some((fault) => fault !== null)

/** Where to send, and what. */
export function WebhookFields({
  fields,
  error,
  isChecked,
  children,
}: {
  fields: Fields
  error: unknown
  isChecked: boolean
  /** Between address and events. */
  children?: ReactNode
}) {
  const { t } = useText()
  const { chosen, faults } = fields
  const fault = formError(error, ['url', 'events', 'secret'], t)
  const own = (field: keyof typeof faults) => (isChecked ? faults[field] : null) ?? fieldError(error, field)
  const toggle = (event: EventName, isOn: boolean) => {
    const next = new Set(chosen)
    if (isOn) next.add(event)
    else next.delete(event)
    fields.setChosen(next)
  }
  return (
    <>
      {fault !== null && <Notice tone="danger">{fault}</Notice>}
      <TextField
        label={t('webhooks.url')}
        hint={t('webhooks.urlHint')}
        type="url"
        inputMode="url"
        placeholder="https://"
        value={fields.url}
        maxLength={2048}
        data-autofocus
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => fields.setUrl(event.target.value)}
        error={own('url')}
      />
      {children}
      <ChoiceGroup legend={t('webhooks.events')} error={own('events')}>
        {GROUPS.map(({ name, events }) => (
          <div key={name} className={styles.group} role="group" aria-label={t(`webhooks.groups.${name}`)}>
            <span className={styles.groupName} aria-hidden="true">
              {t(`webhooks.groups.${name}`)}
            </span>
            <div className={styles.events}>
              {events.map((event) => (
                <Choice
                  key={event}
                  type="checkbox"
                  label={event}
                  hint={t(`webhooks.eventHints.${event}`)}
                  checked={chosen.has(event)}
                  onChange={({ target }) => toggle(event, target.checked)}
                />
              ))}
            </div>
          </div>
        ))}
      </ChoiceGroup>
    </>
  )
}
