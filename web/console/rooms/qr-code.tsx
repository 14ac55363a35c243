import { Download } from 'lucide-react'
import { useText } from '../../locales/console.ts'
import { Button } from '../../ui/button.tsx'
import { CopyField } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { drawing, QrCode } from '../../ui/qr-code.tsx'

function download(url: string, filename: string): void {
  const { size, path } = drawing(url)
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${path}"/></svg>`
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }))
  link.download = filename
  link.click()
  URL.revokeObjectURL(link.href)
}

/** A link to point a phone at. Drawn here: the link is a secret that no service should see. */
export function QrDialog({
  title,
  url,
  label,
  copyLabel,
  roomName,
  onClose,
}: {
  title: string
  url: string
  label: string
  copyLabel: string
  roomName: string
  onClose: () => void
}) {
  const { t } = useText()
  return (
    <Dialog
      title={title}
      description={t('room.qrText', { name: roomName })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={() => download(url, `${roomName}.svg`)}>
            <Download aria-hidden="true" />
            {t('room.downloadQr')}
          </Button>
          <Button variant="primary" data-autofocus onClick={onClose}>
            {t('room.done')}
          </Button>
        </>
      }
    >
      <QrCode text={url} alt={t('room.qrAlt', { url })} />
      <CopyField label={label} copyLabel={copyLabel} value={url} />
    </Dialog>
  )
}
