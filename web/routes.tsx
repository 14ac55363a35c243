import { createBrowserRouter, Navigate } from 'react-router'
import { Crash } from './console/shell/crash.tsx'

/** The pages of the console. Each is its own chunk, fetched when it is first visited. */
export const createRouter = () =>
  createBrowserRouter([
    {
      ErrorBoundary: Crash,
      HydrateFallback: () => null,
      children: [
        { path: '/', lazy: () => import('./account/home-page.tsx') },
        { path: '/setup', lazy: () => import('./account/setup-page.tsx') },
        {
          lazy: () => import('./console/shell/console-layout.tsx'),
          children: [
            {
              ErrorBoundary: Crash,
              children: [
                { path: '/overview', lazy: () => import('./console/overview/overview-page.tsx') },
                { path: '/rooms', lazy: () => import('./console/rooms/rooms-page.tsx') },
                { path: '/rooms/:roomId', lazy: () => import('./console/rooms/room-page.tsx') },
                { path: '/recordings', lazy: () => import('./console/recordings/recordings-page.tsx') },
                { path: '/embedded', lazy: () => import('./console/embedded/embedded-page.tsx') },
                {
                  path: '/settings',
                  lazy: () => import('./console/settings/settings-layout.tsx'),
                  children: [
                    { index: true, element: <Navigate to="/settings/account" replace /> },
                    { path: 'account', lazy: () => import('./console/settings/account-page.tsx') },
                    { path: 'organization', lazy: () => import('./console/settings/organization-page.tsx') },
                    { path: 'developers', lazy: () => import('./console/settings/developers-page.tsx') },
                  ],
                },
                { path: '*', lazy: () => import('./console/shell/not-found-page.tsx') },
              ],
            },
          ],
        },
      ],
    },
  ])
