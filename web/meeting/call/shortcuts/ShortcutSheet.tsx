import { useId } from 'react'
import { useTranslation } from '../../../locales/use-translation.ts'
import { useStore } from 'zustand/react'
import { classNames } from '../../../ui/class-names.ts'
import { CloseButton } from '../CloseButton.tsx'
import { useCall, useSession } from '../context.ts'
import look from '../Dialog.module.css'
import { useModal } from '../use-modal.ts'
import styles from './ShortcutSheet.module.css'
import { SHORTCUTS } from './shortcuts.ts'

/** All keys of the call, and the switch for those that are a single letter. */
export function ShortcutSheet({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const { preferences } = useCall()
  const { areSingleKeysOn, areSoundsOn } = useStore(preferences.store)
  const isModerator = useSession(({ permissions }) => permissions.participantKick)
  const dialog = useModal()
  const titleId = useId()
  const shown = SHORTCUTS.filter(({ isForModerators }) => !isForModerators || isModerator)
  return (
    <dialog
      ref={dialog}
      className={classNames(look.dialog, styles.sheet)}
      data-shortcuts
      aria-labelledby={titleId}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <header className={styles.header}>
        <h2 id={titleId} className={look.title}>
          {t('shortcuts.title')}
        </h2>
        <CloseButton onClick={onClose} />
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
