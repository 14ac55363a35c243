import type { ComponentType } from 'react'
import { lazy, Suspense } from 'react'
import { BrowserRouter, Navigate, Route, Routes } from 'react-router'
import { Crash } from './console/shell/crash.tsx'

/** A page is a chunk of its own, fetched when it is first visited. */
const page = (load: () => Promise<{ Component: ComponentType }>) =>
  lazy(async () => ({ default: (await load()).Component }))

const Home = page(() => import('./account/home-page.tsx'))
const Setup = page(() => import('./account/setup-page.tsx'))
const ForgotPassword = page(() => import('./account/forgot-password-page.tsx'))
const ResetPassword = page(() => import('./account/reset-password-page.tsx'))
const ChangePassword = page(() => import('./account/change-password-page.tsx'))
const Invitation = page(() => import('./account/invitation-page.tsx'))
const ConsoleLayout = page(() => import('./console/shell/console-layout.tsx'))
const Overview = page(() => import('./console/overview/overview-page.tsx'))
const Rooms = page(() => import('./console/rooms/rooms-page.tsx'))
const Room = page(() => import('./console/rooms/room-page.tsx'))
const Meetings = page(() => import('./console/meetings/meetings-page.tsx'))
const Meeting = page(() => import('./console/meetings/meeting-page.tsx'))
const Recordings = page(() => import('./console/recordings/recordings-page.tsx'))
const Player = page(() => import('./recordings/player-page.tsx'))
const RoomRecordings = page(() => import('./recordings/room-recordings-page.tsx'))
const Embedded = page(() => import('./console/embedded/embedded-page.tsx'))
const Settings = page(() => import('./console/settings/settings-layout.tsx'))
const Account = page(() => import('./console/settings/account-page.tsx'))
const Organization = page(() => import('./console/settings/organization-page.tsx'))
const Users = page(() => import('./console/people/people-page.tsx'))
const Security = page(() => import('./console/security/security-page.tsx'))
const Audit = page(() => import('./console/audit/audit-page.tsx'))
const Appearance = page(() => import('./console/settings/appearance-page.tsx'))
const Developers = page(() => import('./console/settings/developers-page.tsx'))
const Consent = page(() => import('./console/oauth/consent-page.tsx'))
const NotFound = page(() => import('./console/shell/not-found-page.tsx'))

/** OpenVidu Meet's addresses begin with it; links of recordings are given out so. */
const BASE_PATH = /^\/meet(?=\/|$)/.exec(location.pathname)?.[0] ?? '/'

/**
 * The addresses of the console. The router is the plain component one: its data router costs 16 kB on the wire for loaders
 * that TanStack Query does here.
 */
export const AppRoutes = () => (
  <BrowserRouter basename={BASE_PATH}>
    <Crash>
      <Suspense>
        <Routes>
          <Route path="/" element={<Home />} />
          <Route path="/setup" element={<Setup />} />
          <Route path="/forgot-password" element={<ForgotPassword />} />
          <Route path="/reset-password" element={<ResetPassword />} />
          <Route path="/change-password" element={<ChangePassword />} />
          <Route path="/change-password-required" element={<ChangePassword />} />
          <Route path="/invitation" element={<Invitation />} />
          <Route path="/oauth/authorize" element={<Consent />} />
          {/* Addresses that people know from OpenVidu Meet (contract/parley.md 9). */}
          {['/login', '/disconnected', '/error'].map((path) => (
            <Route key={path} path={path} element={<Home />} />
          ))}
          <Route path="/profile" element={<Navigate to="/settings/account" replace />} />
          <Route path="/config" element={<Navigate to="/settings/organization" replace />} />
          <Route path="/users/*" element={<Navigate to="/settings/users" replace />} />
          {['/recording/:recordingId', '/recordings/:recordingId'].map((path) => (
            <Route key={path} path={path} element={<Player />} />
          ))}
          <Route path="/room/:roomId/recordings" element={<RoomRecordings />} />
          <Route element={<ConsoleLayout />}>
            <Route path="/overview" element={<Overview />} />
            <Route path="/rooms" element={<Rooms />} />
            <Route path="/rooms/:roomId" element={<Room />} />
            <Route path="/meetings" element={<Meetings />} />
            <Route path="/meetings/:id" element={<Meeting />} />
            <Route path="/recordings" element={<Recordings />} />
            <Route path="/embedded" element={<Embedded />} />
            <Route path="/settings" element={<Settings />}>
              <Route index element={<Navigate to="/settings/account" replace />} />
              <Route path="account" element={<Account />} />
              <Route path="organization" element={<Organization />} />
              <Route path="users" element={<Users />} />
              <Route path="security" element={<Security />} />
              <Route path="appearance" element={<Appearance />} />
              <Route path="audit" element={<Audit />} />
              <Route path="developers" element={<Developers />} />
            </Route>
            <Route path="*" element={<NotFound />} />
          </Route>
        </Routes>
      </Suspense>
    </Crash>
  </BrowserRouter>
)
