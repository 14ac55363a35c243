import { useState } from 'react'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { CopyField } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { fieldError, formError } from '../../ui/errors.ts'
import { Choice, ChoiceGroup, TextAreaField, TextField } from '../../ui/field.tsx'
import { Notice } from '../../ui/notice.tsx'
import { toast } from '../../ui/toast.tsx'
import { Confirm } from '../shell/confirm.tsx'
import { FormDialog } from '../shell/form-dialog.tsx'
import { focusHeading } from '../shell/page.tsx'
import styles from './oauth.module.css'
import {
  type NewOAuthClient,
  type OAuthClient,
  type Scope,
  SCOPE_TEXTS,
  SCOPES,
  useDeleteClient,
  useRegisterClient,
  useRotateSecret,
  useUpdateClient,
} from './oauth.ts'

/** Two steps: what the client is, then its id and secret, once. */
export function RegisterClientDialog({ onClose }: { onClose: () => void }) {
  const { t } = useText()
  const [made, setMade] = useState<NewOAuthClient | null>(null)
  const register = useRegisterClient()
  if (made !== null) return <SecretShownOnce made={made} onClose={onClose} />
  return (
    <ClientForm
      client={null}
      title={t('oauth.registerTitle')}
      text={t('oauth.registerText')}
      action={t('oauth.register')}
      isBusy={register.isPending}
      error={register.error}
      onClose={onClose}
      onSubmit={(values) => register.mutate(values, { onSuccess: setMade })}
    />
  )
}

export function EditClientDialog({ client, onClose }: { client: OAuthClient; onClose: () => void }) {
  const { t } = useText()
  const update = useUpdateClient(client.id)
  return (
    <ClientForm
      client={client}
      title={t('oauth.editTitle', { name: client.name })}
      text={t('oauth.editText')}
      action={t('ui.save')}
      isBusy={update.isPending}
      error={update.error}
      onClose={onClose}
      onSubmit={({ name, redirectUris, scopes }) =>
        update.mutate(
          { name, redirectUris, scopes },
          {
            onSuccess: () => {
              toast({ text: t('settings.saved') })
              onClose()
            },
          },
        )
      }
    />
  )
}

interface Values {
  name: string
  redirectUris: string[]
  scopes: Scope[]
  isPublic: boolean
}

function ClientForm({
  client,
  title,
  text,
  action,
  isBusy,
  error,
  onClose,
  onSubmit,
}: {
  client: OAuthClient | null
  title: string
  text: string
  action: string
  isBusy: boolean
  error: unknown
  onClose: () => void
  onSubmit: (values: Values) => void
}) {
  const { t } = useText()
  const [name, setName] = useState(client?.name ?? '')
  const [addresses, setAddresses] = useState(client?.redirectUris.join('\n') ?? '')
  const [scopes, setScopes] = useState<ReadonlySet<Scope>>(new Set(client?.scopes ?? []))
  const [isPublic, setPublic] = useState(client?.isPublic ?? false)
  const [attempt, setAttempt] = useState(0)
  const redirectUris = addresses.split(/\s+/).filter((line) => line !== '')
  const faults = {
    name: name.trim() === '' ? t('oauth.nameRequired') : null,
    redirectUris: redirectUris.length === 0 ? t('oauth.addressRequired') : null,
    scopes: scopes.size === 0 ? t('oauth.scopeRequired') : null,
  }
  const own = (field: keyof typeof faults) => (attempt > 0 ? faults[field] : null) ?? fieldError(error, field)
  const submit = () => {
    setAttempt(attempt + 1)
    if (Object.values(faults).some((fault) => fault !== null)) return
    onSubmit({
      name: name.trim(),
      redirectUris,
      scopes: SCOPES.filter((scope) => scopes.has(scope)),
      isPublic,
    })
  }
  const toggle = (scope: Scope) => {
    const next = new Set(scopes)
    if (!next.delete(scope)) next.add(scope)
    setScopes(next)
  }
  const fault = formError(error, ['name', 'redirectUris', 'scopes'], t)
  return (
    <FormDialog
      title={title}
      description={text}
      action={action}
      isBusy={isBusy}
      attempt={attempt}
      onClose={onClose}
      onSubmit={submit}
    >
      <div className={styles.form}>
        {fault !== null && <Notice tone="danger">{fault}</Notice>}
        <TextField
          label={t('oauth.name')}
          hint={t('oauth.nameHint')}
          value={name}
          maxLength={100}
          data-autofocus
          autoComplete="off"
          error={own('name')}
          onChange={(event) => setName(event.target.value)}
        />
        <TextAreaField
          label={t('oauth.addresses')}
          hint={t('oauth.addressesHint')}
          className={styles.addresses}
          value={addresses}
          rows={3}
          spellCheck={false}
          autoCapitalize="none"
          error={own('redirectUris')}
          onChange={(event) => setAddresses(event.target.value)}
        />
        {client === null && (
          <ChoiceGroup legend={t('oauth.kind')}>
            <Choice
              type="radio"
              name="kind"
              label={t('oauth.confidential')}
              hint={t('oauth.confidentialHint')}
              checked={!isPublic}
              onChange={() => setPublic(false)}
            />
            <Choice
              type="radio"
              name="kind"
              label={t('oauth.public')}
              hint={t('oauth.publicHint')}
              checked={isPublic}
              onChange={() => setPublic(true)}
            />
          </ChoiceGroup>
        )}
        <ChoiceGroup legend={t('oauth.may')} error={own('scopes')}>
          {SCOPES.map((scope) => (
            <Choice
              key={scope}
              type="checkbox"
              label={t(SCOPE_TEXTS[scope])}
              hint={scope}
              checked={scopes.has(scope)}
              onChange={() => toggle(scope)}
            />
          ))}
        </ChoiceGroup>
      </div>
    </FormDialog>
  )
}

/** Closes only by its button, so that a stray click does not lose the secret. */
export function SecretShownOnce({ made, onClose }: { made: NewOAuthClient; onClose: () => void }) {
  const { t } = useText()
  return (
    <Dialog
      wide
      dismissable={false}
      title={t(made.secret === null ? 'oauth.readyPublicTitle' : 'oauth.readyTitle')}
      description={made.name}
      onClose={onClose}
      actions={
        <Button variant="primary" onClick={onClose}>
          {t(made.secret === null ? 'oauth.done' : 'oauth.saved')}
        </Button>
      }
    >
      <div className={styles.once}>
        {made.secret !== null && (
          <Notice tone="warning" title={t('oauth.onceTitle')}>
            {t('oauth.once')}
          </Notice>
        )}
        <div>
          <h3>{t('oauth.clientId')}</h3>
          <CopyField
            label={t('oauth.clientId')}
            copyLabel={t('oauth.copyId')}
            value={made.id}
            autoFocus={made.secret === null}
          />
        </div>
        {made.secret !== null && (
          <div>
            <h3>{t('oauth.secret')}</h3>
            <CopyField
              label={t('oauth.secret')}
              copyLabel={t('oauth.copySecret')}
              value={made.secret}
              autoFocus
            />
          </div>
        )}
        <div>
          <h3>{t('oauth.discovery')}</h3>
          <CopyField
            label={t('oauth.discovery')}
            copyLabel={t('oauth.copyDiscovery')}
            value={`${window.location.origin}/.well-known/oauth-authorization-server`}
          />
        </div>
      </div>
    </Dialog>
  )
}

export function RotateSecretDialog({ client, onClose }: { client: OAuthClient; onClose: () => void }) {
  const { t } = useText()
  const [made, setMade] = useState<NewOAuthClient | null>(null)
  const rotate = useRotateSecret(client.id)
  if (made !== null) return <SecretShownOnce made={made} onClose={onClose} />
  return (
    <Confirm
      title={t('oauth.rotateTitle', { name: client.name })}
      text={t('oauth.rotateText')}
      action={t('oauth.rotate')}
      mutation={rotate}
      variables={undefined}
      onDone={setMade}
      onClose={onClose}
    />
  )
}

/** Deleting cannot be undone and stops the app for everybody, so its name has to be typed. */
export function DeleteClientDialog({ client, onClose }: { client: OAuthClient; onClose: () => void }) {
  const { t } = useText()
  const { name } = client
  return (
    <Confirm
      title={t('oauth.deleteTitle', { name })}
      text={t('oauth.deleteText', { count: client.users })}
      action={t('oauth.delete')}
      mutation={useDeleteClient(client.id)}
      variables={undefined}
      typed={{ text: name, label: t('keys.typeName', { name }), mismatch: t('oauth.nameMismatch') }}
      done={t('oauth.deleted', { name })}
      onDone={() => {
        onClose()
        focusHeading()
      }}
      onClose={onClose}
    />
  )
}
