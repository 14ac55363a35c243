import { define } from './element.ts'

export const ParleyMeet = define('parley-meet')
