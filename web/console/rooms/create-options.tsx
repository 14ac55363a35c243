import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { SelectField, TextField } from '../../ui/field.tsx'
import { SwitchRow } from '../../ui/switch.tsx'
import styles from './create-room.module.css'
import {
  countSet,
  DEFAULT_OPTIONS,
  FEATURE_TEXT,
  FEATURES,
  hasRecording,
  LAYOUTS,
  LINKS,
  WAITING_ROOMS,
  type Options,
} from './options.ts'

/** Everything that can be decided when a room is made; each begins as the server would have it. */
export function CreateOptions({
  options,
  onChange,
  dateError,
}: {
  options: Options
  onChange: (options: Options) => void
  dateError: string | null
}) {
  const { t } = useText()
  const { features, links } = options
  const change = (part: Partial<Options>) => onChange({ ...options, ...part })
  return (
    <div className={styles.options}>
      <fieldset>
        <legend>{t('rooms.optionsFeatures')}</legend>
        {FEATURES.map((feature) => {
          const isRuledOut = feature === 'recording' && features.e2ee
          return (
            <SwitchRow
              key={feature}
              label={t(FEATURE_TEXT[feature].label)}
              hint={t(isRuledOut ? 'room.recordingsOff' : FEATURE_TEXT[feature].hint)}
              checked={features[feature] && !isRuledOut}
              disabled={isRuledOut}
              onChange={(isOn) => change({ features: { ...features, [feature]: isOn } })}
            />
          )
        })}
        {hasRecording(options) && (
          <SelectField
            label={t('room.layout')}
            value={options.layout}
            onChange={(event) =>
              change({ layout: LAYOUTS.find((layout) => layout === event.target.value) ?? 'grid' })
            }
          >
            {LAYOUTS.map((layout) => (
              <option key={layout} value={layout}>
                {t(`room.layouts.${layout}`)}
              </option>
            ))}
          </SelectField>
        )}
      </fieldset>
      <fieldset>
        <legend>{t('rooms.optionsEntry')}</legend>
        {LINKS.map((link) => (
          <SwitchRow
            key={link}
            label={t(`room.${link}`)}
            hint={t(`room.${link}Hint`)}
            checked={links[link]}
            onChange={(isOn) => change({ links: { ...links, [link]: isOn } })}
          />
        ))}
        <SelectField
          label={t('room.waitingRoom')}
          hint={t('room.waitingRoomHint')}
          value={options.waitingRoom}
          onChange={(event) =>
            change({ waitingRoom: WAITING_ROOMS.find((kind) => kind === event.target.value) ?? 'off' })
          }
        >
          {WAITING_ROOMS.map((kind) => (
            <option key={kind} value={kind}>
              {t(`room.waitingRooms.${kind}`)}
            </option>
          ))}
        </SelectField>
      </fieldset>
      <fieldset>
        <legend>{t('rooms.optionsEnd')}</legend>
        <SwitchRow
          label={t('rooms.autoDelete')}
          hint={t('rooms.autoDeleteHint')}
          checked={options.isDeletedLater}
          onChange={(isOn) => change({ isDeletedLater: isOn })}
        />
        {options.isDeletedLater && (
          <>
            <TextField
              type="datetime-local"
              label={t('rooms.autoDeleteAt')}
              value={options.deleteAt}
              error={dateError}
              onChange={(event) => change({ deleteAt: event.target.value })}
            />
            <SelectField
              label={t('rooms.withMeeting')}
              value={options.withMeeting}
              onChange={(event) =>
                change({ withMeeting: event.target.value === 'force' ? 'force' : 'when_meeting_ends' })
              }
            >
              <option value="when_meeting_ends">{t('rooms.policy.when_meeting_ends')}</option>
              <option value="force">{t('rooms.policy.forceMeeting')}</option>
            </SelectField>
            <SelectField
              label={t('rooms.withRecordings')}
              value={options.withRecordings}
              onChange={(event) =>
                change({ withRecordings: event.target.value === 'force' ? 'force' : 'close' })
              }
            >
              <option value="close">{t('rooms.policy.close')}</option>
              <option value="force">{t('rooms.policy.forceRecordings')}</option>
            </SelectField>
          </>
        )}
      </fieldset>
      {countSet(options) > 0 && (
        <div className={styles.reset}>
          <Button size="small" onClick={() => onChange(DEFAULT_OPTIONS)}>
            {t('rooms.optionsReset')}
          </Button>
        </div>
      )}
    </div>
  )
}
