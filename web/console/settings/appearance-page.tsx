import { useRef, useState } from 'react'
import { ImageUp, Lock } from 'lucide-react'
import { contrastWithWhite } from '../../../server/accounts/contrast.ts'
import { isAdmin, useCurrentSession } from '../../account/index.ts'
import { useText } from '../../locales/console.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { fieldError, formError } from '../../ui/errors.ts'
import { FieldError, TextField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { Notice, State } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import { Loaded } from '../shell/states.tsx'
import { useOrganization, useUpdateBranding, type Branding } from './organization.ts'
import styles from './settings.module.css'

const LEAST_CONTRAST = 4.5
const USUAL = '#2b65e3'
const LARGEST_LOGO = 45_000
const LOGO_TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/svg+xml']

export function Component() {
  const { t } = useText()
  const organization = useOrganization()
  const mayChange = isAdmin(useCurrentSession())
  return (
    <Card title={t('appearance.title')} description={t('appearance.purpose')}>
      {mayChange ? (
        <Loaded query={organization} skeleton={<Skeleton width={420} height={160} />}>
          {({ branding }) => <BrandingForm branding={branding} />}
        </Loaded>
      ) : (
        <State icon={<Lock aria-hidden="true" />} title={t('errors.deniedTitle')}>
          {t('appearance.denied')}
        </State>
      )}
    </Card>
  )
}

const readDataUrl = (file: File) =>
  new Promise<string>((resolve, reject) => {
    const reader = new FileReader()
    reader.addEventListener('load', () => resolve(reader.result as string))
    reader.addEventListener('error', () => reject(reader.error ?? new Error('the file cannot be read')))
    reader.readAsDataURL(file)
  })

function BrandingForm({ branding }: { branding: Branding }) {
  const { t } = useText()
  const [accent, setAccent] = useState(branding.accent ?? USUAL)
  const [logo, setLogo] = useState(branding.logo)
  const [logoFault, setLogoFault] = useState<string | null>(null)
  const picker = useRef<HTMLInputElement>(null)
  const update = useUpdateBranding()
  const ratio = contrastWithWhite(accent)
  const isReadable = ratio >= LEAST_CONTRAST
  const ratioText = ratio.toFixed(1)
  const wanted: Branding = { accent: accent === USUAL ? null : accent, logo }
  const isChanged = wanted.accent !== branding.accent || wanted.logo !== branding.logo
  const fault = formError(update.error, ['branding'], t)
  const choose = async (file: File | undefined) => {
    if (file === undefined) return
    if (!LOGO_TYPES.includes(file.type)) return setLogoFault(t('appearance.logoWrong'))
    if (file.size > LARGEST_LOGO) return setLogoFault(t('appearance.logoTooLarge'))
    setLogoFault(null)
    setLogo(await readDataUrl(file))
  }
  return (
    <Form
      className={styles.form}
      isBusy={update.isPending}
      onSubmit={() => {
        if (isReadable) update.mutate(wanted, { onSuccess: () => toast({ text: t('appearance.saved') }) })
      }}
    >
      {fault !== null && <Notice tone="danger">{fault}</Notice>}
      <TextField
        label={t('appearance.accent')}
        hint={t('appearance.accentHint')}
        type="color"
        className={styles.colour}
        value={accent}
        error={
          isReadable
            ? fieldError(update.error, 'branding')
            : t('appearance.contrastBad', { ratio: ratioText })
        }
        below={
          isReadable && (
            <span className={styles.muted} aria-live="polite">
              {t('appearance.contrastGood', { ratio: ratioText })}
            </span>
          )
        }
        onChange={(event) => setAccent(event.target.value)}
      />
      <div>
        <p className={styles.previewLabel}>{t('appearance.preview')}</p>
        <div className={styles.preview} ref={(element) => element?.style.setProperty('--accent', accent)}>
          {logo !== null && <img src={logo} alt={t('appearance.logoAlt')} />}
          <span className={buttonClass({ variant: 'primary' })}>{t('appearance.sample')}</span>
        </div>
      </div>
      <div>
        <p className={styles.previewLabel}>{t('appearance.logo')}</p>
        <input
          ref={picker}
          type="file"
          hidden
          accept={LOGO_TYPES.join(',')}
          onChange={(event) => {
            void choose(event.target.files?.[0])
            event.target.value = ''
          }}
        />
        <div className={styles.buttons}>
          <Button onClick={() => picker.current?.click()}>
            <ImageUp aria-hidden="true" />
            {t('appearance.choose')}
          </Button>
          {logo !== null && <Button onClick={() => setLogo(null)}>{t('appearance.removeLogo')}</Button>}
        </div>
        {logoFault !== null && <FieldError text={logoFault} />}
        <p className={styles.muted}>{t('appearance.logoHint')}</p>
      </div>
      <div className={styles.buttons}>
        <Button type="submit" variant="primary" busy={update.isPending} disabled={!isChanged || !isReadable}>
          {t('ui.save')}
        </Button>
        {accent !== USUAL && <Button onClick={() => setAccent(USUAL)}>{t('appearance.usual')}</Button>}
      </div>
    </Form>
  )
}
