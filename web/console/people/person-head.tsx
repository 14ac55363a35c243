import { useText } from '../../locales/console.ts'
import table from '../../ui/table.module.css'

interface PersonHeadProps {
  name: string
  role: string
  /** Of the column with a date. */
  date: string
}

/** The columns of a table of people: on phones only name and actions are left. */
export function PersonHead({ name, role, date }: PersonHeadProps) {
  const { t } = useText()
  return (
    <thead>
      <tr>
        <th scope="col">{name}</th>
        <th scope="col" className={table.wideOnly}>
          {role}
        </th>
        <th scope="col" className={table.wideOnly}>
          {date}
        </th>
        <th scope="col" className={table.end}>
          {t('ui.actions')}
        </th>
      </tr>
    </thead>
  )
}
