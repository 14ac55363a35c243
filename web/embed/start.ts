import { createStore } from 'zustand/vanilla'
import type { LocalMedia, PreferenceStore } from '../lobby/index.ts'
import type { RejoinMemory } from '../meeting/rejoin-memory.ts'
import type { Route } from '../meeting/route.ts'
import type { Connection, MeetingSession } from '../meeting/session.ts'
import { readAllowedOrigins } from './allowed-origins.ts'
import { Bridge, type HostWishes } from './bridge.ts'
import { leaveTarget } from './leave-target.ts'
import { findParentOrigin, findTrustedParent } from './parent.ts'
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
  memory: RejoinMemory
  session: MeetingSession<Connection>
  media: LocalMedia
  preferences: PreferenceStore
}

/** Begins to speak to the page around this one, and shows its colours. */
export const startEmbedding = ({ route, memory, session, media, preferences }: Parts): Embedding => {
  const theme = new HostTheme(document.documentElement)
  theme.change(route.theme)
  const wishes: HostWishes = createStore<ReturnType<HostWishes['getState']>>(() => ({
    suggestedName: null,
    isClosed: false,
  }))
  const isFramed = window.parent !== window
  const hostOrigin = findTrustedParent()
  const resume = () => {
    const ticket = memory.take(Date.now())
    if (ticket) void session.resume(ticket)
    return ticket !== null
  }
  const bridge = hostOrigin
    ? new Bridge({
        host: window.parent,
        hostOrigin,
        session,
        media,
        preferences,
        theme,
        wishes,
        resume,
      })
    : null
  bridge?.start(window)
  const target = leaveTarget({
    redirect: route.leaveRedirectUrl,
    origin: location.origin,
    parentOrigin: findParentOrigin(),
    isFramed,
    referrer: document.referrer,
    allowedOrigins: readAllowedOrigins(document),
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

/** The page around this one goes on; where it does not let us, this one does. */
const goTo = (url: string): void => {
  try {
    window.parent.location.href = url
  } catch {
    location.href = url
  }
}
