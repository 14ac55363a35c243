import { NavLink, Outlet } from 'react-router'
import { useText, type TextKey } from '../../locales/console.ts'
import { Page } from '../shell/page.tsx'
import styles from './settings.module.css'

const SECTIONS: { to: string; text: TextKey }[] = [
  { to: '/settings/account', text: 'settings.account' },
  { to: '/settings/organization', text: 'settings.organization' },
  { to: '/settings/developers', text: 'settings.developers' },
]

export function Component() {
  const { t } = useText()
  return (
    <Page title={t('settings.title')} purpose={t('settings.purpose')}>
      <div className={styles.layout}>
        <nav className={styles.nav} aria-label={t('settings.sections')}>
          {SECTIONS.map(({ to, text }) => (
            <NavLink key={to} to={to}>
              {t(text)}
            </NavLink>
          ))}
        </nav>
        <div className={styles.sections}>
          <Outlet />
        </div>
      </div>
    </Page>
  )
}
