import { useRef, useState } from 'react'
import { Plus } from 'lucide-react'
import { useNavigate } from 'react-router'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { errorText, fieldError } from '../../ui/errors.ts'
import { TextField } from '../../ui/field.tsx'
import { toast } from '../../ui/toast.tsx'
import styles from './rooms-page.module.css'
import { useCreateRoom } from './rooms.ts'

/** One field: a name and Enter make a room. The field keeps the focus for the next one. */
export function CreateRoom() {
  const { t } = useText()
  const [name, setName] = useState('')
  const input = useRef<HTMLInputElement>(null)
  const create = useCreateRoom()
  const navigate = useNavigate()
  const submit = () => {
    if (name.trim() === '') {
      input.current?.focus()
      return
    }
    create.mutate(name, {
      onSuccess: (room) => {
        setName('')
        input.current?.focus()
        toast({
          text: t('rooms.created', { name: room.roomName }),
          action: { label: t('rooms.view'), onSelect: () => void navigate(`/rooms/${room.roomId}`) },
        })
      },
      onError: () => input.current?.focus(),
    })
  }
  return (
    <form
      className={styles.create}
      onSubmit={(event) => {
        event.preventDefault()
        if (!create.isPending) submit()
      }}
    >
      <TextField
        ref={input}
        label={t('rooms.newName')}
        placeholder={t('rooms.newPlaceholder')}
        value={name}
        maxLength={50}
        autoComplete="off"
        enterKeyHint="done"
        onChange={(event) => setName(event.target.value)}
        error={create.isError ? (fieldError(create.error, 'roomName') ?? errorText(create.error, t)) : null}
      />
      <Button type="submit" busy={create.isPending}>
        <Plus aria-hidden="true" />
        {t('rooms.create')}
      </Button>
    </form>
  )
}
