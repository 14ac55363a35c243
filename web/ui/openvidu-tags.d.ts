import type { HTMLAttributes, RefAttributes } from 'react'

/*
 * Tags by which pages and tests written for OpenVidu Meet find parts of a meeting (contract/openvidu-meet.md 7.5).
 * They mean nothing to the browser; call.css makes blocks of them.
 */
declare module 'react' {
  // oxlint-disable-next-line typescript/no-namespace -- React declares its elements in one
  namespace JSX {
    interface IntrinsicElements {
      'ov-meeting-media-setup': HTMLAttributes<HTMLElement> & RefAttributes<HTMLElement>
      'ov-meeting-view': HTMLAttributes<HTMLElement> & RefAttributes<HTMLElement>
    }
  }
}
