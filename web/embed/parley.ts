import { define } from './element.ts'

define('parley-meet')
