import { useEffect, useId, useRef } from 'react'
import { useTranslation } from '../../../locales/use-translation.ts'
import { useStore } from 'zustand/react'
import { X } from 'lucide-react'
import { useCall, useSession } from '../context.ts'
import styles from './ShortcutSheet.module.css'
import { SHORTCUTS } from './shortcuts.ts'

/** All keys of the call, and the switch for those that are a single letter. */
export function ShortcutSheet({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const { preferences } = useCall()
  const { areSingleKeysOn, areSoundsOn } = useStore(preferences.store)
  const isModerator = useSession(({ permissions }) => permissions.participantKick)
  const dialog = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useEffect(() => {
    const element = dialog.current
    element?.showModal()
    return () => element?.close()
  }, [])
  const shown = SHORTCUTS.filter(({ isForModerators }) => !isForModerators || isModerator)
  return (
    <dialog
      ref={dialog}
      className={styles.sheet}
      data-shortcuts
      aria-labelledby={titleId}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <header className={styles.header}>
        <h2 id={titleId}>{t('shortcuts.title')}</h2>
        <button
          type="button"
          className={styles.close}
          aria-label={t('call.close')}
          title={t('call.close')}
          onClick={onClose}
        >
          <X aria-hidden />
        </button>
      </header>
      <dl className={styles.list}>
        {shown.map(({ command, keys }) => (
          <div key={command} className={styles.row}>
            <dt>{t(`shortcuts.${command}`)}</dt>
            <dd>
              {keys.map((key) => (
                <span
                  key={key}
                  className={styles.combination}
                  data-off={!areSingleKeysOn && !key.includes('Ctrl') && key !== '?'}
                >
                  {key.split('+').map((part) => (
                    <kbd key={part}>{part === 'Space' ? t('shortcuts.space') : part}</kbd>
                  ))}
                </span>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <footer className={styles.switches}>
        <label>
          <input
            type="checkbox"
            checked={areSingleKeysOn}
            onChange={(event) => preferences.save({ areSingleKeysOn: event.target.checked })}
          />
          {t('shortcuts.single')}
        </label>
        <label>
          <input
            type="checkbox"
            checked={areSoundsOn}
            onChange={(event) => preferences.save({ areSoundsOn: event.target.checked })}
          />
          {t('shortcuts.sounds')}
        </label>
      </footer>
    </dialog>
  )
}
