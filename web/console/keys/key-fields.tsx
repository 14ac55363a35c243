import type { ReactNode } from 'react'
import { useState } from 'react'
import { ApiError } from '../../api/client.ts'
import { useText, type Translate } from '../../locales/console.ts'
import { fieldError, formError } from '../../ui/errors.ts'
import { Choice, ChoiceGroup, SelectField, TextAreaField, TextField } from '../../ui/field.tsx'
import { Notice } from '../../ui/notice.tsx'
import styles from './api-keys.module.css'
import { dayOf, EXPIRIES, expiresAtOf, type Expiry } from './expiry.ts'
import type { ApiKey, KeyPermission } from './keys.ts'

const PERMISSIONS: KeyPermission[] = ['read', 'write', 'admin']
const HINTS = { read: 'keys.readHint', write: 'keys.writeHint', admin: 'keys.adminHint' } as const

/** `admin` holds all, `write` holds `read`. */
const isImplied = (permission: KeyPermission, chosen: ReadonlySet<KeyPermission>) =>
  (permission !== 'admin' && chosen.has('admin')) || (permission === 'read' && chosen.has('write'))

interface Draft {
  name: string
  chosen: ReadonlySet<KeyPermission>
  addresses: string
  expiry: Expiry
  day: string
}

const draftOf = (key: ApiKey | null): Draft => ({
  name: key?.name ?? '',
  chosen: new Set(key?.permissions ?? PERMISSIONS),
  addresses: key?.allowedIps.join('\n') ?? '',
  expiry: key?.expiresAt ? 'date' : 'never',
  day: key?.expiresAt ? dayOf(Date.parse(key.expiresAt)) : '',
})

/** The values of the fields that generating and changing a key share, and what is wrong with them. */
export function useKeyFields(key: ApiKey | null) {
  const { t } = useText()
  const [initial] = useState(() => draftOf(key))
  // When the form was opened; it does not stay open for days.
  const [now] = useState(Date.now)
  const [draft, setDraft] = useState(initial)
  const { name, chosen, addresses, expiry, day } = draft
  const permissions = PERMISSIONS.filter(
    (permission) => chosen.has(permission) || isImplied(permission, chosen),
  )
  const hasNewExpiry = expiry !== initial.expiry || day !== initial.day
  const expiresAt = expiresAtOf(expiry, day, now)
  const isPast = typeof expiresAt === 'string' && Date.parse(expiresAt) <= now
  return {
    draft,
    today: dayOf(now),
    change: (part: Partial<Draft>) => setDraft((old) => ({ ...old, ...part })),
    permissions,
    values: {
      name: name.trim(),
      permissions,
      allowedIps: entriesOf(addresses),
      // An untouched expiry stays as exact as it is; the field only knows its day.
      expiresAt: hasNewExpiry || key === null ? (expiresAt ?? null) : key.expiresAt,
    },
    faults: {
      name: name.trim() === '' ? t('keys.nameRequired') : null,
      permissions: permissions.length === 0 ? t('keys.permissionsRequired') : null,
      expiresAt:
        expiresAt === undefined ? t('keys.dateRequired') : hasNewExpiry && isPast ? t('keys.datePast') : null,
    },
  }
}

type Fields = ReturnType<typeof useKeyFields>

export const hasFault = ({ faults }: Fields): boolean => Object.values(faults).some((fault) => fault !== null)

/** One address a line, or set apart by commas. */
const entriesOf = (text: string): string[] => text.split(/[\s,;]+/).filter((entry) => entry !== '')

/** A line for each entry that the server refuses, naming it. */
function addressFaults(error: unknown, entries: string[], t: Translate): string | null {
  if (!(error instanceof ApiError)) return null
  const lines = error.details.flatMap(({ field, message }) => {
    if (field === 'allowedIps') return message
    const index = /^allowedIps\.(\d+)$/.exec(field)?.[1]
    if (index === undefined) return []
    return t('keys.addressFault', { entry: entries[Number(index)] ?? index, fault: message })
  })
  return lines.length === 0 ? null : lines.join('\n')
}

/** Name, permissions, allowed addresses and expiry. `sent` are the entries that `error` is about. */
export function KeyFields({
  fields,
  error,
  sent,
  isChecked,
  children,
}: {
  fields: Fields
  error: unknown
  sent: string[]
  isChecked: boolean
  /** Between the name and the permissions. */
  children?: ReactNode
}) {
  const { t } = useText()
  const { draft, change, permissions, faults } = fields
  const fault = formError(error, ['name', 'permissions', 'environment', 'allowedIps', 'expiresAt'], t)
  const own = (field: keyof typeof faults) => (isChecked ? faults[field] : null) ?? fieldError(error, field)
  return (
    <>
      {fault !== null && <Notice tone="danger">{fault}</Notice>}
      <TextField
        label={t('keys.name')}
        hint={t('keys.nameHint')}
        value={draft.name}
        maxLength={100}
        data-autofocus
        autoComplete="off"
        onChange={(event) => change({ name: event.target.value })}
        error={own('name')}
      />
      {children}
      <ChoiceGroup legend={t('keys.permissions')} error={own('permissions')}>
        {PERMISSIONS.map((permission) => (
          <Choice
            key={permission}
            type="checkbox"
            label={t(`keys.${permission}`)}
            hint={t(HINTS[permission])}
            checked={permissions.includes(permission)}
            disabled={isImplied(permission, draft.chosen)}
            onChange={(event) => {
              const next = new Set(draft.chosen)
              if (event.target.checked) next.add(permission)
              else next.delete(permission)
              change({ chosen: next })
            }}
          />
        ))}
      </ChoiceGroup>
      <TextAreaField
        optional
        label={t('keys.addresses')}
        hint={t('keys.addressesHint')}
        rows={3}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="none"
        className={styles.addresses}
        value={draft.addresses}
        onChange={(event) => change({ addresses: event.target.value })}
        error={addressFaults(error, sent, t)}
      />
      <div className={styles.expiry}>
        <SelectField
          label={t('keys.expiry')}
          value={draft.expiry}
          onChange={(event) =>
            change({ expiry: EXPIRIES.find((expiry) => expiry === event.target.value) ?? 'never' })
          }
          error={draft.expiry === 'date' ? null : own('expiresAt')}
        >
          {EXPIRIES.map((expiry) => (
            <option key={expiry} value={expiry}>
              {t(`keys.expiries.${expiry}`)}
            </option>
          ))}
        </SelectField>
        {draft.expiry === 'date' && (
          <TextField
            type="date"
            label={t('keys.lastDay')}
            value={draft.day}
            min={fields.today}
            onChange={(event) => change({ day: event.target.value })}
            error={own('expiresAt')}
          />
        )}
      </div>
    </>
  )
}
