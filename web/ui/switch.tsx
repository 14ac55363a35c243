import type { ComponentProps, ReactNode } from 'react'
import { useId } from 'react'
import { classNames } from './class-names.ts'
import styles from './switch.module.css'

type InputProps = Omit<ComponentProps<'input'>, 'id' | 'type' | 'role' | 'onChange'> & {
  onChange: (isOn: boolean) => void
}

/** On or off, at once. `label` is read out, not shown. */
export const BareSwitch = ({ label, className, onChange, ...input }: InputProps & { label: string }) => (
  <span className={classNames(styles.target, className)}>
    <input
      {...input}
      type="checkbox"
      role="switch"
      aria-label={label}
      className={styles.switch}
      onChange={(event) => onChange(event.target.checked)}
    />
  </span>
)

/** A line with its switch at the end; the whole line can be pressed. */
export function SwitchRow({
  label,
  hint,
  onChange,
  ...input
}: InputProps & { label: string; hint?: ReactNode }) {
  const id = useId()
  return (
    <label className={styles.row} htmlFor={id}>
      <span className={styles.words}>
        <span id={`${id}-label`}>{label}</span>
        {hint && (
          <span id={`${id}-hint`} className={styles.hint}>
            {hint}
          </span>
        )}
      </span>
      <input
        {...input}
        id={id}
        type="checkbox"
        role="switch"
        aria-labelledby={`${id}-label`}
        aria-describedby={hint ? `${id}-hint` : undefined}
        className={styles.switch}
        onChange={(event) => onChange(event.target.checked)}
      />
    </label>
  )
}
