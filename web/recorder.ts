import './ui/tokens.css'
import './ui/base.css'
import './recorder/recorder.css'
import { record, type RecorderOptions, showForEgress } from './recorder/record.ts'

/*
 * The page that is recorded. Parley's own recorder starts it by calling `parleyRecorder`; LiveKit Egress opens it
 * with its token in the query. Opened by anybody else it does nothing.
 */
declare global {
  interface Window {
    parleyRecorder: ReturnType<typeof record>
    /** Functions of the server's side; see server/recordings/builtin. */
    parleyChunk?: (base64: string) => Promise<void>
    parleyThumbnail?: (base64: string) => Promise<void>
    parleyEnded?: (reason: string) => Promise<void>
  }
}
export type { RecorderOptions }

const scene = document.getElementById('scene')
if (scene !== null) {
  window.parleyRecorder = record(scene)
  void showForEgress(scene, new URLSearchParams(location.search))
}
