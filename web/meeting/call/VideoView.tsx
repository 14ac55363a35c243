import type { LocalTrack, RemoteTrack } from 'livekit-client'
import { useLayoutEffect, useRef } from 'react'
import { markTiming } from '../timings.ts'
import styles from './Tile.module.css'

interface VideoViewProps {
  track: LocalTrack | RemoteTrack
  isMirrored: boolean
}

/** One track in one element. Attaching is LiveKit's: it then knows the size shown and asks for no more. */
export function VideoView({ track, isMirrored }: VideoViewProps) {
  const video = useRef<HTMLVideoElement>(null)
  // Before it is painted: LiveKit sends a picture only for an element that it knows.
  useLayoutEffect(() => {
    const element = video.current
    if (!element) return undefined
    track.attach(element)
    if (!track.isLocal) element.requestVideoFrameCallback?.(() => markTiming('first-remote-frame'))
    // An upright picture (a phone) is shown whole; everything else fills its tile.
    const onResize = () => {
      element.dataset['upright'] = String(element.videoHeight > element.videoWidth)
    }
    element.addEventListener('resize', onResize)
    onResize()
    return () => {
      element.removeEventListener('resize', onResize)
      track.detach(element)
    }
  }, [track])
  return <video ref={video} className={styles.video} data-mirrored={isMirrored} autoPlay playsInline muted />
}
