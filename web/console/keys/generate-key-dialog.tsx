import { useRef, useState } from 'react'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { CodeBlock, CopyField } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { fieldError, formError } from '../../ui/errors.ts'
import { Choice, ChoiceGroup, TextField } from '../../ui/field.tsx'
import { useFocusFirstError } from '../../ui/focus-first-error.ts'
import { Notice } from '../../ui/notice.tsx'
import { createRoomCommand } from '../embedded/snippets.ts'
import { useEnvironment } from '../shell/environment.ts'
import styles from './api-keys.module.css'
import { useGenerateKey, type KeyPermission, type NewApiKey } from './keys.ts'

const PERMISSIONS: KeyPermission[] = ['read', 'write', 'admin']
const HINTS = { read: 'keys.readHint', write: 'keys.writeHint', admin: 'keys.adminHint' } as const

/** Two steps: what the key is for, then the key itself, once. */
export function GenerateKeyDialog({ onClose }: { onClose: () => void }) {
  const [made, setMade] = useState<NewApiKey | null>(null)
  return made === null ? (
    <KeyForm onClose={onClose} onMade={setMade} />
  ) : (
    <KeyShownOnce made={made} onClose={onClose} />
  )
}

/** `admin` holds all, `write` holds `read`. */
const isImplied = (permission: KeyPermission, chosen: ReadonlySet<KeyPermission>) =>
  (permission !== 'admin' && chosen.has('admin')) || (permission === 'read' && chosen.has('write'))

function KeyForm({ onClose, onMade }: { onClose: () => void; onMade: (made: NewApiKey) => void }) {
  const { t } = useText()
  const current = useEnvironment()
  const [name, setName] = useState('')
  const [environment, setEnvironment] = useState(current)
  const [chosen, setChosen] = useState<ReadonlySet<KeyPermission>>(new Set(PERMISSIONS))
  const [attempt, setAttempt] = useState(0)
  const [isChecked, setChecked] = useState(false)
  const form = useRef<HTMLDivElement>(null)
  const generate = useGenerateKey()
  useFocusFirstError(form, attempt)

  const held = PERMISSIONS.filter((permission) => chosen.has(permission) || isImplied(permission, chosen))
  const nameFault = name.trim() === '' ? t('keys.nameRequired') : null
  const permissionsFault = held.length === 0 ? t('keys.permissionsRequired') : null
  const submit = () => {
    setChecked(true)
    if (nameFault !== null || permissionsFault !== null) return setAttempt(attempt + 1)
    generate.mutate(
      { name: name.trim(), environment, permissions: held },
      { onSuccess: onMade, onError: () => setAttempt(attempt + 1) },
    )
  }
  const fault = formError(generate.error, ['name', 'permissions', 'environment'], t)
  return (
    <Dialog
      title={t('keys.generateTitle')}
      description={t('keys.generateText')}
      onClose={onClose}
      onSubmit={submit}
      actions={
        <>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button type="submit" variant="primary" busy={generate.isPending}>
            {t('keys.doGenerate')}
          </Button>
        </>
      }
    >
      <div ref={form} className={styles.form}>
        {fault !== null && <Notice tone="danger">{fault}</Notice>}
        <TextField
          label={t('keys.name')}
          hint={t('keys.nameHint')}
          value={name}
          maxLength={100}
          data-autofocus
          autoComplete="off"
          onChange={(event) => setName(event.target.value)}
          error={(isChecked ? nameFault : null) ?? fieldError(generate.error, 'name')}
        />
        <ChoiceGroup legend={t('keys.environment')} error={fieldError(generate.error, 'environment')}>
          <Choice
            type="radio"
            name="environment"
            label={t('shell.live')}
            hint={t('keys.liveHint')}
            checked={environment === 'live'}
            onChange={() => setEnvironment('live')}
          />
          <Choice
            type="radio"
            name="environment"
            label={t('shell.test')}
            hint={t('keys.testHint')}
            checked={environment === 'test'}
            onChange={() => setEnvironment('test')}
          />
        </ChoiceGroup>
        <ChoiceGroup
          legend={t('keys.permissions')}
          error={(isChecked ? permissionsFault : null) ?? fieldError(generate.error, 'permissions')}
        >
          {PERMISSIONS.map((permission) => (
            <Choice
              key={permission}
              type="checkbox"
              label={t(`keys.${permission}`)}
              hint={t(HINTS[permission])}
              checked={held.includes(permission)}
              disabled={isImplied(permission, chosen)}
              onChange={(event) => {
                const next = new Set(chosen)
                if (event.target.checked) next.add(permission)
                else next.delete(permission)
                setChosen(next)
              }}
            />
          ))}
        </ChoiceGroup>
      </div>
    </Dialog>
  )
}

/** Closes only by its button, so that a stray click does not lose the key. */
function KeyShownOnce({ made, onClose }: { made: NewApiKey; onClose: () => void }) {
  const { t } = useText()
  return (
    <Dialog
      wide
      dismissable={false}
      title={t('keys.readyTitle')}
      description={made.name}
      onClose={onClose}
      actions={
        <Button variant="primary" onClick={onClose}>
          {t('keys.saved')}
        </Button>
      }
    >
      <div className={styles.once}>
        <Notice tone="warning" title={t('keys.onceTitle')}>
          {t('keys.once')}
        </Notice>
        <CopyField label={t('keys.yourKey')} copyLabel={t('keys.copyKey')} value={made.key} autoFocus />
        <h3>{t('keys.tryIt')}</h3>
        <CodeBlock
          label={t('keys.tryIt')}
          copyLabel={t('keys.copyCommand')}
          code={createRoomCommand(window.location.origin, made.key)}
        />
      </div>
    </Dialog>
  )
}
