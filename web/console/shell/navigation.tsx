import { useEffect } from 'react'
import {
  CalendarDays,
  Clapperboard,
  CodeXml,
  LayoutDashboard,
  PanelLeftClose,
  PanelLeftOpen,
  DoorOpen,
  Settings,
} from 'lucide-react'
import { Link, NavLink } from 'react-router'
import { useText, type TextKey } from '../../locales/console.ts'
import { Logo, LogoMark } from '../../ui/logo.tsx'
import { Tooltip } from '../../ui/tooltip.tsx'
import styles from './console-layout.module.css'

const PAGES: { to: string; text: TextKey; Icon: typeof Settings; load: () => Promise<unknown> }[] = [
  {
    to: '/overview',
    text: 'shell.overview',
    Icon: LayoutDashboard,
    load: () => import('../overview/overview-page.tsx'),
  },
  { to: '/rooms', text: 'shell.rooms', Icon: DoorOpen, load: () => import('../rooms/rooms-page.tsx') },
  {
    to: '/meetings',
    text: 'shell.meetings',
    Icon: CalendarDays,
    load: () => import('../meetings/meetings-page.tsx'),
  },
  {
    to: '/recordings',
    text: 'recordings.title',
    Icon: Clapperboard,
    load: () => import('../recordings/recordings-page.tsx'),
  },
  {
    to: '/embedded',
    text: 'shell.embedded',
    Icon: CodeXml,
    load: () => import('../embedded/embedded-page.tsx'),
  },
  {
    to: '/settings',
    text: 'shell.settings',
    Icon: Settings,
    load: () => import('../settings/settings-layout.tsx'),
  },
]

/** Fetches the pages' code while nothing else happens, so that going to one is immediate. Faults show when it is visited. */
export function usePreloadedPages(): void {
  useEffect(() => {
    const preload = () => {
      for (const { load } of PAGES) load().catch(() => undefined)
    }
    const timer = setTimeout(preload, 1500)
    return () => clearTimeout(timer)
  }, [])
}

const Brand = ({ isCollapsed }: { isCollapsed: boolean }) => (
  <Link to="/overview" className={styles.brand} aria-label="Parley">
    {isCollapsed ? <LogoMark /> : <Logo />}
  </Link>
)

/** The main navigation: a column that can shrink to its icons, or the content of the drawer. */
export function Navigation({
  isCollapsed = false,
  onCollapse,
  onFollow,
}: {
  isCollapsed?: boolean
  onCollapse?: (isCollapsed: boolean) => void
  onFollow?: () => void
}) {
  const { t } = useText()
  const Toggle = isCollapsed ? PanelLeftOpen : PanelLeftClose
  const toggleText = t(isCollapsed ? 'shell.expand' : 'shell.collapse')
  return (
    <nav className={styles.nav} aria-label={t('shell.navigation')}>
      <Brand isCollapsed={isCollapsed} />
      <ul>
        {PAGES.map(({ to, text, Icon }) => (
          <li key={to}>
            <Tooltip text={t(text)} side="right" off={!isCollapsed}>
              <NavLink to={to} aria-label={isCollapsed ? t(text) : undefined} onClick={onFollow}>
                <Icon aria-hidden="true" />
                {!isCollapsed && t(text)}
              </NavLink>
            </Tooltip>
          </li>
        ))}
      </ul>
      {onCollapse && (
        <Tooltip text={toggleText} side="right" off={!isCollapsed}>
          <button
            type="button"
            className={styles.collapse}
            aria-label={toggleText}
            aria-expanded={!isCollapsed}
            onClick={() => onCollapse(!isCollapsed)}
          >
            <Toggle aria-hidden="true" />
            {!isCollapsed && toggleText}
          </button>
        </Tooltip>
      )}
    </nav>
  )
}
