import { useTranslation } from '../../../locales/use-translation.ts'
import { useMay } from '../context.ts'

/** Why this person may not send something, in words. */
export const useRefusal = (kind: 'audio' | 'video' | 'screen'): string | undefined => {
  const { t } = useTranslation()
  const may = useMay(kind)
  if (may === 'yes') return undefined
  const why = { locked: 'call.locked', declined: 'record.refused', no: 'call.notPermitted' } as const
  return t(why[may])
}
