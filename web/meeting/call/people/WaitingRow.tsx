import { Check, X } from 'lucide-react'
import { useTranslation } from '../../../locales/use-translation.ts'
import type { Knock } from '../../api.ts'
import { Avatar } from '../Avatar.tsx'
import { useCall } from '../context.ts'
import styles from './PeoplePanel.module.css'

export function WaitingRow({ knock }: { knock: Knock }) {
  const { t } = useTranslation()
  const { knocks, act } = useCall()
  const { knockId, name } = knock
  const answer = (admit: boolean) => void act(() => knocks.answer(knockId, admit))
  return (
    <li className={styles.row} data-knock={knockId}>
      <span className={styles.face}>
        <Avatar identity={knockId} name={name} />
      </span>
      <span className={styles.who}>
        <span className={styles.name} title={name}>
          {name}
        </span>
        <span className={styles.badge}>{t(knock.isSignedIn ? 'people.signedIn' : 'people.guest')}</span>
      </span>
      <button
        type="button"
        className={styles.deny}
        aria-label={t('people.denyName', { name })}
        title={t('people.deny')}
        onClick={() => answer(false)}
      >
        <X aria-hidden />
      </button>
      <button
        type="button"
        className={styles.admit}
        aria-label={t('people.admitName', { name })}
        onClick={() => answer(true)}
      >
        <Check aria-hidden />
        {t('people.admit')}
      </button>
    </li>
  )
}
