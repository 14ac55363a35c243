import type { ComponentProps, ReactNode, Ref } from 'react'
import { useId, useState } from 'react'
import { CircleAlert, Eye, EyeOff, Search } from 'lucide-react'
import { IconButton } from './button.tsx'
import { classNames } from './class-names.ts'
import styles from './field.module.css'
import { useWords } from './words.ts'

interface FieldText {
  label: string
  hint?: ReactNode
  error?: string | null
  /** Adds "(optional)" to the label. */
  optional?: boolean
  /** Under the input, e.g. a strength meter. */
  below?: ReactNode
}

type InputProps = Omit<ComponentProps<'input'>, 'id'> & { ref?: Ref<HTMLInputElement> }

interface Wiring {
  id: string
  'aria-describedby': string | undefined
  'aria-invalid': true | undefined
}

function Field({
  label,
  hint,
  error,
  optional = false,
  below,
  renderInput,
}: FieldText & { renderInput: (wiring: Wiring) => ReactNode }) {
  const id = useId()
  const words = useWords()
  const hintId = `${id}-hint`
  const errorId = `${id}-error`
  const describedBy = [error && errorId, hint && hintId].filter(Boolean).join(' ')
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
        {optional && <span className={styles.optional}> ({words.optional})</span>}
      </label>
      {renderInput({
        id,
        'aria-describedby': describedBy || undefined,
        'aria-invalid': error ? true : undefined,
      })}
      {below}
      {error && <FieldError id={errorId} text={error} />}
      {hint && (
        <p id={hintId} className={styles.hint}>
          {hint}
        </p>
      )}
    </div>
  )
}

/** What is wrong with one field. */
export const FieldError = ({ id, text }: { id?: string; text: string }) => (
  <p id={id} className={styles.error}>
    <CircleAlert aria-hidden="true" />
    <span>{text}</span>
  </p>
)

/** A labelled line of text; `error` and `hint` are read out with it. */
export const TextField = ({
  label,
  hint,
  error,
  optional,
  below,
  className,
  ...input
}: FieldText & InputProps) => (
  <Field
    {...{ label, hint, error, optional, below }}
    renderInput={(wiring) => (
      <input type="text" {...input} {...wiring} className={classNames(styles.input, className)} />
    )}
  />
)

/** A password with a button that shows it. */
export function PasswordField({ label, hint, error, optional, below, ...input }: FieldText & InputProps) {
  const words = useWords()
  const [isShown, setShown] = useState(false)
  return (
    <Field
      {...{ label, hint, error, optional, below }}
      renderInput={(wiring) => (
        <div className={styles.withButton}>
          <input
            autoCapitalize="none"
            spellCheck={false}
            {...input}
            {...wiring}
            type={isShown ? 'text' : 'password'}
            className={styles.input}
          />
          <IconButton
            size="small"
            label={isShown ? words.hidePassword : words.showPassword}
            aria-pressed={isShown}
            onClick={() => setShown(!isShown)}
          >
            {isShown ? <EyeOff aria-hidden="true" /> : <Eye aria-hidden="true" />}
          </IconButton>
        </div>
      )}
    />
  )
}

/** A search box; its label is read out, not shown. */
export const SearchField = ({ label, className, ...input }: { label: string } & InputProps) => (
  <div className={classNames(styles.withIcon, className)}>
    <Search aria-hidden="true" />
    <input
      type="search"
      autoComplete="off"
      spellCheck={false}
      placeholder={label}
      {...input}
      aria-label={label}
      className={styles.input}
    />
  </div>
)

type TextAreaProps = Omit<ComponentProps<'textarea'>, 'id'>

/** Several lines of text; an `error` may have several lines, too. */
export const TextAreaField = ({
  label,
  hint,
  error,
  optional,
  below,
  className,
  ...input
}: FieldText & TextAreaProps) => (
  <Field
    {...{ label, hint, error, optional, below }}
    renderInput={(wiring) => (
      <textarea {...input} {...wiring} className={classNames(styles.input, styles.area, className)} />
    )}
  />
)

type SelectProps = Omit<ComponentProps<'select'>, 'id'>

export const SelectField = ({ label, hint, error, optional, below, ...select }: FieldText & SelectProps) => (
  <Field
    {...{ label, hint, error, optional, below }}
    renderInput={(wiring) => (
      <select {...select} {...wiring} className={classNames(styles.input, styles.select)} />
    )}
  />
)

/** A select without a visible label, for toolbars. */
export const BareSelect = ({ label, className, ...select }: { label: string } & SelectProps) => (
  <select {...select} aria-label={label} className={classNames(styles.input, styles.select, className)} />
)

/** One tick or one option, with a line of explanation. */
export const Choice = ({
  type,
  label,
  hint,
  ...input
}: { type: 'checkbox' | 'radio'; label: string; hint?: string } & Omit<InputProps, 'type'>) => {
  const id = useId()
  return (
    <label className={styles.check} htmlFor={id}>
      <input {...input} id={id} type={type} />
      <span>
        {label}
        {hint && <span className={styles.hint}>{hint}</span>}
      </span>
    </label>
  )
}

/** A named group of choices. */
export const ChoiceGroup = ({
  legend,
  error,
  children,
}: {
  legend: string
  error?: string | null
  children: ReactNode
}) => (
  <fieldset>
    <legend className={styles.legend}>{legend}</legend>
    <div className={styles.choices}>{children}</div>
    {error && <FieldError text={error} />}
  </fieldset>
)
