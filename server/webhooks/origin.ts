import type { Request } from 'express'
import type { Context } from '../context.ts'
import { isLocalRequest } from '../http/local-request.ts'
import type { Origin } from './webhooks.ts'

/** Whether the request may name a private address: the operator allows it, or somebody tries this on their own machine. */
export const originOf = ({ config }: Context, req: Request): Origin => ({
  ip: req.ip ?? '',
  isPrivateAllowed:
    config.webhooks.privateAddresses === 'allowed' ||
    (config.webhooks.privateAddresses === 'local' && isLocalRequest(config, req)),
})
