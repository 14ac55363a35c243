import { createStore } from 'zustand/vanilla'
import type { LocalMedia, PreferenceStore } from '../lobby/index.ts'
import type { Route } from '../meeting/route.ts'
import type { Connection, MeetingSession } from '../meeting/session.ts'
import { isAllowedOrigin, readAllowedOrigins } from './allowed-origins.ts'
import { Bridge, type HostWishes } from './bridge.ts'
import { leaveTarget, originOf } from './leave-target.ts'
import { HostTheme } from './theme.ts'

/** The meeting page as a part of somebody else's: in their frame, or between two of their pages. */
export interface Embedding {
  /** Null where there is no page around this one, or none that may speak to it. */
  bridge: Bridge | null
  wishes: HostWishes
  /** Leaves the lobby or the last screen; null where that leads nowhere. */
  leave: (() => Promise<void>) | null
}

interface Parts {
  route: Route
  session: MeetingSession<Connection>
  media: LocalMedia
  preferences: PreferenceStore
}

/** Begins to speak to the page around this one, and shows its colours. */
export const startEmbedding = ({ route, session, media, preferences }: Parts): Embedding => {
  const theme = new HostTheme(document.documentElement)
  theme.change(route.theme)
  const wishes: HostWishes = createStore<ReturnType<HostWishes['getState']>>(() => ({
    suggestedName: null,
    isClosed: false,
  }))
  const allowedOrigins = readAllowedOrigins(document)
  const isFramed = window.parent !== window
  const parentOrigin = isFramed ? findParentOrigin() : null
  const mayTalk =
    parentOrigin !== null &&
    (parentOrigin === location.origin || isAllowedOrigin(parentOrigin, allowedOrigins))
  const bridge = mayTalk
    ? new Bridge({
        host: window.parent,
        hostOrigin: parentOrigin,
        session,
        media,
        preferences,
        theme,
        wishes,
      })
    : null
  bridge?.start(window)
  const target = leaveTarget({
    redirect: route.leaveRedirectUrl,
    origin: location.origin,
    parentOrigin,
    isFramed,
    referrer: document.referrer,
    allowedOrigins,
  })
  const leave = async () => {
    if (wishes.getState().isClosed) return
    wishes.setState({ isClosed: true })
    media.release()
    await bridge?.close()
    if (target !== null) goTo(target)
  }
  return { bridge, wishes, leave: bridge || target !== null ? leave : null }
}

/** Of the page around this one, as the browser tells it; null where it does not, or where it has none. */
const findParentOrigin = (): string | null => {
  const ancestors = (location as Location & { ancestorOrigins?: DOMStringList }).ancestorOrigins
  return originOf(ancestors ? (ancestors[0] ?? '') : document.referrer)
}

/** The page around this one goes on; where it does not let us, this one does. */
const goTo = (url: string): void => {
  try {
    window.parent.location.href = url
  } catch {
    location.href = url
  }
}
