export { AccountLayout } from './account-layout.tsx'
export { isAdmin, sessionKey, useCurrentSession, useSession, useSignOut, type Session } from './session.ts'
