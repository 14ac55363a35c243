import { define } from './element.ts'

export const OpenViduMeet = define('openvidu-meet')
