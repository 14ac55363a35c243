import { NavLink, Outlet } from 'react-router'
import { isAdmin, useCurrentSession } from '../../account/index.ts'
import { useText, type TextKey } from '../../locales/console.ts'
import { Page } from '../shell/page.tsx'
import styles from './settings.module.css'

const SECTIONS: { to: string; text: TextKey; isForAdmins?: boolean }[] = [
  { to: '/settings/account', text: 'settings.account' },
  { to: '/settings/security', text: 'settings.security' },
  { to: '/settings/organization', text: 'settings.organization' },
  { to: '/settings/users', text: 'settings.users', isForAdmins: true },
  { to: '/settings/appearance', text: 'settings.appearance', isForAdmins: true },
  { to: '/settings/developers', text: 'settings.developers' },
  { to: '/settings/audit', text: 'settings.audit', isForAdmins: true },
]

export function Component() {
  const { t } = useText()
  const mayManage = isAdmin(useCurrentSession())
  const sections = SECTIONS.filter(({ isForAdmins }) => mayManage || isForAdmins !== true)
  return (
    <Page title={t('settings.title')} purpose={t('settings.purpose')}>
      <div className={styles.layout}>
        <nav className={styles.nav} aria-label={t('settings.sections')}>
          {sections.map(({ to, text }) => (
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
