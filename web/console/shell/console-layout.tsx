import { Suspense, useEffect, useState } from 'react'
import { Check, ChevronsUpDown, LogOut, Menu as MenuIcon, Settings, Video } from 'lucide-react'
import { Link, Navigate, Outlet, useLocation, useMatch, useNavigate } from 'react-router'
import { useSession, useSignOut, useSwitchOrganization, type Session } from '../../account/index.ts'
import { useText } from '../../locales/console.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Drawer } from '../../ui/dialog.tsx'
import { Menu, MenuItem, MenuLabel, MenuLink, MenuSeparator } from '../../ui/menu.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import { useNewMeeting } from '../rooms/rooms.ts'
import styles from './console-layout.module.css'
import { Crash } from './crash.tsx'
import { setEnvironment, useEnvironment } from './environment.ts'
import { errorText } from '../../ui/errors.ts'
import { Navigation, usePreloadedPages } from './navigation.tsx'
import { useRemembered } from './remembered.ts'
import { LoadError } from './states.tsx'

/** Frame of all pages for who is signed in; anybody else is led to sign-in and back. */
export function Component() {
  const session = useSession()
  const location = useLocation()
  if (session.data === null) {
    const here = location.pathname + location.search + location.hash
    return <Navigate to={`/?redirectTo=${encodeURIComponent(here)}`} replace />
  }
  if (session.data?.mustChangePassword) {
    const here = location.pathname + location.search + location.hash
    return <Navigate to={`/change-password?redirectTo=${encodeURIComponent(here)}`} replace />
  }
  if (session.data === undefined && session.isError) {
    return <LoadError error={session.error} retry={() => void session.refetch()} />
  }
  return <Frame session={session.data} />
}

function Frame({ session }: { session: Session | undefined }) {
  const { t } = useText()
  const environment = useEnvironment()
  const [isCollapsed, setCollapsed] = useRemembered('navigation-collapsed')
  const [isDrawerOpen, setDrawerOpen] = useState(false)
  usePreloadedPages()
  useAccent(session?.organization.branding.accent ?? null)
  return (
    <div className={styles.layout} data-collapsed={isCollapsed}>
      <a className={styles.skip} href="#content">
        {t('ui.skipToContent')}
      </a>
      <div className={styles.side}>
        <Navigation isCollapsed={isCollapsed} onCollapse={setCollapsed} />
      </div>
      {isDrawerOpen && (
        <Drawer label={t('shell.navigation')} onClose={() => setDrawerOpen(false)}>
          <Navigation onFollow={() => setDrawerOpen(false)} />
        </Drawer>
      )}
      <div className={styles.main}>
        <header>
          <div className={styles.top}>
            <IconButton
              className={styles.menuButton}
              label={t('shell.openNavigation')}
              onClick={() => setDrawerOpen(true)}
            >
              <MenuIcon aria-hidden="true" />
            </IconButton>
            {session?.organization.branding.logo && (
              <img className={styles.brandLogo} src={session.organization.branding.logo} alt="" />
            )}
            <OrganizationName session={session} />
            <span className={styles.spring} />
            {session && (
              <>
                <EnvironmentSwitch />
                <NewMeetingButton />
                <UserMenu session={session} />
              </>
            )}
          </div>
          {environment === 'test' && <p className={styles.testBar}>{t('shell.testNotice')}</p>}
        </header>
        <main id="content" className={styles.content} tabIndex={-1}>
          {session ? (
            <Crash>
              <Suspense>
                <Outlet />
              </Suspense>
            </Crash>
          ) : (
            <div className={styles.loading} aria-hidden="true">
              <Skeleton width={180} height={32} />
              <Skeleton width={280} />
              <Skeleton height={120} />
            </div>
          )}
        </main>
      </div>
    </div>
  )
}

/** The organization's colour for buttons and focus, while its console is shown. */
function useAccent(accent: string | null): void {
  useEffect(() => {
    const { style } = document.documentElement
    if (accent === null) return undefined
    style.setProperty('--accent', accent)
    return () => void style.removeProperty('--accent')
  }, [accent])
}

/** Its name; a menu for who belongs to several. */
function OrganizationName({ session }: { session: Session | undefined }) {
  const { t } = useText()
  const turn = useSwitchOrganization()
  if (session === undefined || session.organizations.length < 2)
    return <span className={styles.organization}>{session?.organization.name}</span>
  return (
    <Menu
      align="start"
      trigger={
        <button
          type="button"
          className={styles.switcher}
          aria-label={t('shell.switchOrganization', { name: session.organization.name })}
        >
          <span>{session.organization.name}</span>
          <ChevronsUpDown aria-hidden="true" />
        </button>
      }
    >
      <MenuLabel>{t('shell.organizations')}</MenuLabel>
      {session.organizations.map(({ id, name }) => (
        <MenuItem
          key={id}
          icon={id === session.organization.id ? <Check aria-hidden="true" /> : <span />}
          onSelect={() => {
            if (id !== session.organization.id)
              turn.mutate(id, {
                onError: (error) => toast({ tone: 'danger', text: errorText(error, t) }),
              })
          }}
        >
          {name}
        </MenuItem>
      ))}
    </Menu>
  )
}

function EnvironmentSwitch() {
  const { t } = useText()
  const environment = useEnvironment()
  const navigate = useNavigate()
  const isOnRoom = useMatch('/rooms/:roomId') !== null
  return (
    <Segmented
      legend={t('shell.environment')}
      value={environment}
      options={[
        { value: 'live', label: t('shell.live') },
        { value: 'test', label: t('shell.test'), warning: true },
      ]}
      onChange={(next) => {
        setEnvironment(next)
        // A room exists in one environment only.
        if (isOnRoom) void navigate('/rooms')
      }}
    />
  )
}

function NewMeetingButton() {
  const { t } = useText()
  const newMeeting = useNewMeeting()
  return (
    <Button
      variant="primary"
      aria-label={t('shell.newMeeting')}
      busy={newMeeting.isPending}
      onClick={() =>
        newMeeting.mutate(undefined, {
          onError: (error) => toast({ tone: 'danger', text: errorText(error, t) }),
        })
      }
    >
      <Video aria-hidden="true" />
      <span className={styles.newMeetingText}>{t('shell.newMeeting')}</span>
    </Button>
  )
}

const initials = (name: string) =>
  name
    .split(/\s+/)
    .filter(Boolean)
    .slice(0, 2)
    .map((word) => Array.from(word)[0]?.toLocaleUpperCase())
    .join('')

function UserMenu({ session: { user } }: { session: Session }) {
  const { t } = useText()
  const signOut = useSignOut()
  return (
    <Menu
      trigger={
        <button type="button" className={styles.avatar} aria-label={t('shell.userMenu')}>
          {initials(user.name || user.username)}
        </button>
      }
    >
      <MenuLabel>
        <div className={styles.who}>
          <strong>{user.name}</strong>
          <span>{user.email ?? user.username}</span>
        </div>
      </MenuLabel>
      <MenuSeparator />
      <MenuLink>
        <Link to="/settings/account">
          <Settings aria-hidden="true" />
          {t('shell.account')}
        </Link>
      </MenuLink>
      <MenuItem
        icon={<LogOut aria-hidden="true" />}
        onSelect={() =>
          signOut.mutate(undefined, {
            onError: (error) => toast({ tone: 'danger', text: errorText(error, t) }),
          })
        }
      >
        {t('shell.signOut')}
      </MenuItem>
    </Menu>
  )
}
