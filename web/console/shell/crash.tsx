import type { ReactNode } from 'react'
import { Component } from 'react'
import { Unplug } from 'lucide-react'
import { useLocation } from 'react-router'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { State } from '../../ui/notice.tsx'

/** Catches what a page's own code throws, and chunks that are gone after an upgrade of the server. Going elsewhere tries anew. */
export function Crash({ children }: { children: ReactNode }) {
  const { pathname } = useLocation()
  return <Boundary place={pathname}>{children}</Boundary>
}

interface Props {
  place: string
  children: ReactNode
}

interface Failure {
  hasFailed: boolean
  place: string
}

class Boundary extends Component<Props, Failure> {
  override state: Failure = { hasFailed: false, place: this.props.place }

  static getDerivedStateFromProps({ place }: Props, state: Failure): Failure | null {
    return place === state.place ? null : { hasFailed: false, place }
  }

  static getDerivedStateFromError(): Partial<Failure> {
    return { hasFailed: true }
  }

  override render() {
    return this.state.hasFailed ? <CrashState /> : this.props.children
  }
}

function CrashState() {
  const { t } = useText()
  return (
    <State
      alert
      icon={<Unplug aria-hidden="true" />}
      title={t('errors.crashTitle')}
      action={<Button onClick={() => window.location.reload()}>{t('errors.reload')}</Button>}
    >
      {t('errors.crash')}
    </State>
  )
}
