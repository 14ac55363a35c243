import { useId } from 'react'
import { useTranslation } from '../../locales/use-translation.ts'
import { useStore } from 'zustand/react'
import { ANNOUNCEMENTS, VIDEO_CODECS, type Announcement, type VideoCodec } from '../../lobby/index.ts'
import { classNames } from '../../ui/class-names.ts'
import { SwitchRow } from '../../ui/switch.tsx'
import { canSend } from './connection.ts'
import { useCall } from './context.ts'
import look from './Dialog.module.css'
import styles from './SettingsDialog.module.css'
import { useModal } from './use-modal.ts'

/** What is set once and kept in this browser. */
export function SettingsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const dialog = useModal()
  const titleId = useId()
  return (
    <dialog
      ref={dialog}
      className={classNames(look.dialog, styles.dialog)}
      aria-labelledby={titleId}
      onClose={onClose}
    >
      <h2 id={titleId} className={look.title}>
        {t('settings.title')}
      </h2>
      <Video />
      <Announcements />
      <button type="button" className={styles.done} onClick={onClose}>
        {t('settings.done')}
      </button>
    </dialog>
  )
}

function Video() {
  const { t } = useTranslation()
  const { preferences, connection } = useCall()
  const chosen = useStore(preferences.store, ({ videoCodec }) => videoCodec)
  const id = useId()
  const choose = (codec: VideoCodec) => {
    preferences.save({ videoCodec: codec })
    // Lost with the connection: the next one publishes with what was chosen.
    void connection.setCodec(codec).catch(() => {})
  }
  return (
    <section className={styles.section}>
      <h3 className={styles.heading}>{t('settings.video')}</h3>
      <label className={styles.field} htmlFor={id}>
        {t('settings.codec')}
      </label>
      <select
        id={id}
        className={styles.select}
        aria-describedby={`${id}-hint`}
        value={canSend(chosen) ? chosen : 'vp8'}
        onChange={(event) => choose(event.target.value as VideoCodec)}
      >
        {VIDEO_CODECS.filter(canSend).map((codec) => (
          <option key={codec} value={codec}>
            {t(`settings.codecs.${codec}`)}
          </option>
        ))}
      </select>
      <p id={`${id}-hint`} className={styles.hint}>
        {t('settings.codecHint')}
      </p>
    </section>
  )
}

function Announcements() {
  const { t } = useTranslation()
  const { preferences } = useCall()
  const silenced = useStore(preferences.store, (state) => state.silenced)
  const set = (kind: Announcement, isOn: boolean) => {
    const others = silenced.filter((one) => one !== kind)
    preferences.save({ silenced: isOn ? others : [...others, kind] })
  }
  return (
    <section className={styles.section}>
      <h3 className={styles.heading}>{t('settings.announcements')}</h3>
      {ANNOUNCEMENTS.map((kind) => (
        <SwitchRow
          key={kind}
          label={t(`settings.announce.${kind}`)}
          checked={!silenced.includes(kind)}
          onChange={(isOn) => set(kind, isOn)}
        />
      ))}
    </section>
  )
}
