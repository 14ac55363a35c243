import { ChevronDown, type LucideIcon } from 'lucide-react'
import { useTranslation } from '../locales/use-translation.ts'
import type { Device } from './devices.ts'
import styles from './DeviceSelect.module.css'

interface DeviceSelectProps {
  label: string
  icon: LucideIcon
  devices: readonly Device[]
  /** Null: the system's default. */
  value: string | null
  hasDefault: boolean
  emptyText: string
  onPick: (deviceId: string | null) => void
}

/** A native menu: it is right on every phone and screen reader, and costs nothing. */
export function DeviceSelect({
  label,
  icon: Icon,
  devices,
  value,
  hasDefault,
  emptyText,
  onPick,
}: DeviceSelectProps) {
  const { t } = useTranslation()
  const isKnown = devices.some(({ id }) => id === value)
  return (
    <span className={styles.field}>
      <Icon aria-hidden className={styles.icon} />
      <select
        aria-label={label}
        title={label}
        className={styles.select}
        disabled={devices.length === 0}
        value={isKnown ? (value ?? '') : ''}
        onChange={(event) => onPick(event.target.value || null)}
      >
        {devices.length === 0 ? (
          <option value="">{emptyText}</option>
        ) : (
          <>
            {(hasDefault || !isKnown) && <option value="">{t('lobby.systemDefault')}</option>}
            {devices.map((device, index) => (
              <option key={device.id} value={device.id}>
                {device.label || `${label} ${index + 1}`}
              </option>
            ))}
          </>
        )}
      </select>
      <ChevronDown aria-hidden className={styles.chevron} />
    </span>
  )
}
