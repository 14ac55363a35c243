import { define } from './element.ts'

/** The name under which pages written for OpenVidu Meet know the element. */
define('openvidu-meet')
