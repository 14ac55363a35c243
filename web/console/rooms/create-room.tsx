import { useId, useRef, useState } from 'react'
import { ChevronDown, Plus } from 'lucide-react'
import { useNavigate } from 'react-router'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { errorText, fieldError } from '../../ui/errors.ts'
import { TextField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { toast } from '../../ui/toast.tsx'
import { CreateOptions } from './create-options.tsx'
import { countSet, DEFAULT_OPTIONS, deletionFault, roomFrom } from './options.ts'
import styles from './create-room.module.css'
import { useCreateRoom } from './rooms.ts'

/** One field: a name and Enter make a room. The field keeps the focus for the next one. More options open in place. */
export function CreateRoom() {
  const { t } = useText()
  const [name, setName] = useState('')
  const [options, setOptions] = useState(DEFAULT_OPTIONS)
  const [isOpen, setOpen] = useState(false)
  const [dateFault, setDateFault] = useState<ReturnType<typeof deletionFault>>(null)
  const [attempt, setAttempt] = useState(0)
  const input = useRef<HTMLInputElement>(null)
  const panelId = useId()
  const create = useCreateRoom()
  const navigate = useNavigate()

  const submit = () => {
    if (name.trim() === '') {
      input.current?.focus()
      return
    }
    const fault = deletionFault(options, Date.now())
    setDateFault(fault)
    if (fault !== null) {
      setOpen(true)
      return setAttempt(attempt + 1)
    }
    create.mutate(roomFrom(name, options), {
      onSuccess: (room) => {
        setName('')
        setOptions(DEFAULT_OPTIONS)
        setOpen(false)
        input.current?.focus()
        toast({
          text: t('rooms.created', { name: room.roomName }),
          action: { label: t('rooms.view'), onSelect: () => void navigate(`/rooms/${room.roomId}`) },
        })
      },
      onError: (error) => {
        if (fieldError(error, 'autoDeletionDate') === null) return input.current?.focus()
        setOpen(true)
        setAttempt(attempt + 1)
      },
    })
  }
  const dateError = dateFault === null ? fieldError(create.error, 'autoDeletionDate') : t(dateFault)
  const nameError =
    create.isError && fieldError(create.error, 'autoDeletionDate') === null
      ? (fieldError(create.error, 'roomName') ?? errorText(create.error, t))
      : null
  const count = countSet(options)
  return (
    <Form className={styles.create} attempt={attempt} isBusy={create.isPending} onSubmit={submit}>
      <div className={styles.line}>
        <div className={styles.name}>
          <TextField
            ref={input}
            label={t('rooms.newName')}
            placeholder={t('rooms.newPlaceholder')}
            value={name}
            maxLength={50}
            autoComplete="off"
            enterKeyHint="done"
            onChange={(event) => setName(event.target.value)}
            error={nameError}
          />
        </div>
        <Button type="submit" busy={create.isPending}>
          <Plus aria-hidden="true" />
          {t('rooms.create')}
        </Button>
        <Button
          variant="ghost"
          aria-expanded={isOpen}
          aria-controls={panelId}
          className={styles.more}
          onClick={() => setOpen(!isOpen)}
        >
          <ChevronDown aria-hidden="true" />
          {count === 0 ? t('rooms.moreOptions') : t('rooms.optionsSet', { count })}
        </Button>
      </div>
      <div id={panelId} hidden={!isOpen}>
        <CreateOptions
          options={options}
          onChange={(next) => {
            setOptions(next)
            setDateFault(null)
          }}
          dateError={dateError}
        />
      </div>
    </Form>
  )
}
