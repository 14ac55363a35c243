import { useText } from '../../locales/console.ts'
import { Confirm } from '../shell/confirm.tsx'
import { focusHeading } from '../shell/page.tsx'
import { useRevokeKey, type ApiKey } from './keys.ts'

/** Revoking cannot be undone and may stop somebody's product, so the key's name has to be typed. */
export function RevokeKeyDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { t } = useText()
  const { name } = apiKey
  return (
    <Confirm
      title={t('keys.revokeTitle', { name })}
      text={t('keys.revokeText')}
      action={t('keys.confirmRevoke')}
      mutation={useRevokeKey()}
      variables={apiKey.id}
      typed={{ text: name, label: t('keys.typeName', { name }), mismatch: t('keys.nameMismatch') }}
      done={t('keys.revoked', { name })}
      onDone={() => {
        onClose()
        focusHeading()
      }}
      onClose={onClose}
    />
  )
}
