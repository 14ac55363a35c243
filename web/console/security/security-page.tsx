import { useState } from 'react'
import { Monitor, SquareTerminal } from 'lucide-react'
import { NewPasswordForm, useChangePassword, useCurrentSession } from '../../account/index.ts'
import { useText } from '../../locales/console.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { errorText } from '../../ui/errors.ts'
import { Notice } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { TimeAgo } from '../../ui/time.tsx'
import { toast } from '../../ui/toast.tsx'
import { Loaded, LoadError } from '../shell/states.tsx'
import { CodeDialog, RecoveryCodesDialog, SetUpDialog } from './two-factor-dialogs.tsx'
import {
  browserName,
  useDisableTwoFactor,
  useEndOtherPlaces,
  useEndPlace,
  usePlaces,
  useRenewCodes,
  useTwoFactor,
  type Place,
} from './security.ts'
import styles from './security.module.css'

/** Password, second factor, and where one is signed in. */
export const Component = () => (
  <>
    <PasswordCard />
    <TwoFactorCard />
    <PlacesCard />
  </>
)

function PasswordCard() {
  const { t } = useText()
  const { user } = useCurrentSession()
  const change = useChangePassword()
  const [round, setRound] = useState(0)
  return (
    <Card title={t('security.passwordTitle')} description={t('security.passwordPurpose')}>
      <div className={styles.password}>
        <NewPasswordForm
          key={round}
          asksCurrent
          own={[user.username, user.name]}
          error={change.error}
          isBusy={change.isPending}
          submitText={t('account.changePassword')}
          onSubmit={(passwords) =>
            change.mutate(passwords, {
              onSuccess: () => {
                toast({ text: t('security.passwordChanged') })
                setRound(round + 1)
              },
            })
          }
        />
      </div>
    </Card>
  )
}

type Open = 'set-up' | 'renew' | 'disable' | null

function TwoFactorCard() {
  const { t } = useText()
  const state = useTwoFactor()
  const renew = useRenewCodes()
  const disable = useDisableTwoFactor()
  const [open, setOpen] = useState<Open>(null)
  const [codes, setCodes] = useState<string[] | null>(null)
  const isOn = state.data?.isEnabled === true
  const left = state.data?.recoveryCodesLeft ?? 0
  return (
    <Card
      title={t('security.twoFactorTitle')}
      description={t('security.twoFactorPurpose')}
      action={
        state.data &&
        !isOn && (
          <Button variant="primary" onClick={() => setOpen('set-up')}>
            {t('security.setUp')}
          </Button>
        )
      }
    >
      {state.isError && <LoadError error={state.error} retry={() => void state.refetch()} />}
      {state.isPending && <Skeleton width={260} />}
      {isOn && (
        <div className={styles.state}>
          <p>
            <Badge tone="success">{t('security.isOn')}</Badge> {t('security.codesLeft', { count: left })}
          </p>
          {left < 3 && <Notice tone="warning">{t('security.fewCodes')}</Notice>}
          <div className={styles.buttons}>
            <Button onClick={() => setOpen('renew')}>{t('security.renew')}</Button>
            <Button variant="quietDanger" onClick={() => setOpen('disable')}>
              {t('security.disable')}
            </Button>
          </div>
        </div>
      )}
      {state.data && !isOn && <p className={styles.muted}>{t('security.isOff')}</p>}
      {open === 'set-up' && <SetUpDialog onClose={() => setOpen(null)} />}
      {open === 'renew' && (
        <CodeDialog
          title={t('security.renewTitle')}
          text={t('security.renewText')}
          action={t('security.renew')}
          mutation={renew}
          onDone={({ recoveryCodes }) => {
            setOpen(null)
            setCodes(recoveryCodes)
          }}
          onClose={() => setOpen(null)}
        />
      )}
      {open === 'disable' && (
        <CodeDialog
          title={t('security.disableTitle')}
          text={t('security.disableText')}
          action={t('security.disable')}
          isDanger
          mutation={disable}
          onDone={() => {
            setOpen(null)
            toast({ text: t('security.disabled') })
          }}
          onClose={() => setOpen(null)}
        />
      )}
      {codes !== null && <RecoveryCodesDialog codes={codes} onClose={() => setCodes(null)} />}
    </Card>
  )
}

function PlacesCard() {
  const { t } = useText()
  const places = usePlaces()
  const endOthers = useEndOtherPlaces()
  const all = places.data?.sessions ?? []
  return (
    <Card
      title={t('security.placesTitle')}
      description={t('security.placesPurpose')}
      action={
        all.length > 1 && (
          <Button
            busy={endOthers.isPending}
            onClick={() =>
              endOthers.mutate(undefined, {
                onSuccess: () => toast({ text: t('security.othersEnded') }),
                onError: (error) => toast({ tone: 'danger', text: errorText(error, t) }),
              })
            }
          >
            {t('security.endOthers')}
          </Button>
        )
      }
    >
      <Loaded query={places} skeleton={<Skeleton width="60%" />}>
        {() => (
          <ul className={styles.places}>
            {all.map((place) => (
              <PlaceRow key={place.id} place={place} />
            ))}
          </ul>
        )}
      </Loaded>
    </Card>
  )
}

function PlaceRow({ place }: { place: Place }) {
  const { t, locale } = useText()
  const end = useEndPlace()
  const known = browserName(place.userAgent)
  const name =
    known === null
      ? t(place.kind === 'api' ? 'security.program' : 'security.unknownBrowser')
      : t('security.browserOn', known)
  const Icon = place.kind === 'api' ? SquareTerminal : Monitor
  return (
    <li>
      <Icon aria-hidden="true" />
      <div>
        <strong>{name}</strong> {place.isCurrent && <Badge plain>{t('security.here')}</Badge>}
        <p className={styles.muted}>
          {place.ip} · {t('security.since')} <TimeAgo at={place.createdAt} locale={locale} />
        </p>
      </div>
      {!place.isCurrent && (
        <Button
          size="small"
          aria-label={t('security.endOn', { name })}
          busy={end.isPending}
          onClick={() =>
            end.mutate(place.id, {
              onError: (error) => toast({ tone: 'danger', text: errorText(error, t) }),
            })
          }
        >
          {t('security.end')}
        </Button>
      )}
    </li>
  )
}
