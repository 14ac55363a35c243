import { useText } from '../locales/console.ts'
import { VisuallyHidden } from '../ui/visually-hidden.tsx'
import styles from './account-layout.module.css'
import { passwordStrength, SHORTEST_PASSWORD } from './password-strength.ts'

const STRENGTHS = {
  1: 'account.strength1',
  2: 'account.strength2',
  3: 'account.strength3',
  4: 'account.strength4',
} as const

/** How strong a new password is; a hint only. */
export function StrengthMeter({ password, own }: { password: string; own: string[] }) {
  const { t } = useText()
  const strength = passwordStrength(password, own)
  const missing = SHORTEST_PASSWORD - password.length
  return (
    <p className={styles.meter}>
      <span className={styles.bars} data-strength={strength} aria-hidden="true">
        <span />
        <span />
        <span />
        <span />
      </span>
      <span aria-live="polite">
        <VisuallyHidden>{t('account.strengthLabel')}: </VisuallyHidden>
        {strength === 0 ? t('account.tooShort', { count: missing }) : t(STRENGTHS[strength])}
      </span>
    </p>
  )
}
