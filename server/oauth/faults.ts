import OAuth2Server from '@node-oauth/oauth2-server'
import type { Logger } from '../log.ts'
import { OAuthFault, type OAuthErrorName } from './request.ts'

/** What a client is told of an error; what it may not know is logged. */
export function faultOf(err: unknown, log: Logger): { error: OAuthErrorName; description: string } {
  if (err instanceof OAuthFault) return { error: err.error, description: err.message }
  if (err instanceof OAuth2Server.OAuthError && !(err instanceof OAuth2Server.ServerError))
    return { error: err.name as OAuthErrorName, description: err.message.replaceAll(/["\\`]/g, '') }
  log.error({ err }, 'unexpected error')
  return { error: 'server_error', description: 'Something went wrong on the server' }
}
