import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { QueryClientProvider } from '@tanstack/react-query'
import { createQueryClient } from './console/shell/query-client.ts'
import { consoleLanguages, useText } from './locales/console.ts'
import { AppRoutes } from './routes.tsx'
import { Toaster } from './ui/toast.tsx'
import { TooltipProvider } from './ui/tooltip.tsx'
import { UiWords } from './ui/words.ts'
import './ui/tokens.css'
import './ui/base.css'

const queryClient = createQueryClient()

function App() {
  const { t } = useText()
  return (
    <UiWords
      value={{
        close: t('ui.close'),
        copy: t('ui.copy'),
        copied: t('ui.copied'),
        retry: t('ui.retry'),
        optional: t('ui.optional'),
        showPassword: t('ui.showPassword'),
        hidePassword: t('ui.hidePassword'),
        notifications: t('ui.notifications'),
      }}
    >
      <QueryClientProvider client={queryClient}>
        <TooltipProvider>
          <AppRoutes />
          <Toaster />
        </TooltipProvider>
      </QueryClientProvider>
    </UiWords>
  )
}

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
// Recordings are shown in other people's pages, too.
if (window.parent !== window) void import('./embed/announce.ts').then(({ announceReady }) => announceReady())
await consoleLanguages.start()
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
