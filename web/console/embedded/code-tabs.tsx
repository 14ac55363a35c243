import { useText } from '../../locales/console.ts'
import { CodeBlock } from '../../ui/copy.tsx'
import { Tabs } from '../../ui/tabs.tsx'

/** The same in several languages, one shown at a time. */
export function CodeTabs({
  label,
  codes,
}: {
  label: string
  codes: { id: string; name: string; code: string }[]
}) {
  const { t } = useText()
  return (
    <Tabs
      label={label}
      tabs={codes.map(({ id, name, code }) => ({
        id,
        label: name,
        content: (
          <CodeBlock
            code={code}
            label={t('embedded.code', { what: name })}
            copyLabel={t('embedded.copyCode', { what: name })}
          />
        ),
      }))}
    />
  )
}
