export { AccountLayout } from './account-layout.tsx'
export { NewPasswordForm } from './new-password-form.tsx'
export {
  isAdmin,
  sessionKey,
  useChangePassword,
  useCurrentSession,
  useSession,
  useSignOut,
  useSwitchOrganization,
  type Session,
} from './session.ts'
