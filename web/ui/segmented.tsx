import { useId } from 'react'
import { classNames } from './class-names.ts'
import styles from './segmented.module.css'
import { VisuallyHidden } from './visually-hidden.tsx'

/** Two or three options in a row, of which one holds. */
export function Segmented<V extends string>({
  legend,
  value,
  options,
  onChange,
}: {
  legend: string
  value: V
  options: { value: V; label: string; warning?: boolean }[]
  onChange: (value: V) => void
}) {
  const name = useId()
  return (
    <fieldset className={styles.group}>
      <legend>
        <VisuallyHidden>{legend}</VisuallyHidden>
      </legend>
      {options.map((option) => (
        <label key={option.value} className={classNames(styles.option, option.warning && styles.warning)}>
          <input
            type="radio"
            name={name}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          {option.label}
        </label>
      ))}
    </fieldset>
  )
}
