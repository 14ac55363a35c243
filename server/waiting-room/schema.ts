import { z } from 'zod'
import { RoomIdText } from '../rooms/schema.ts'

export const KnockParams = z.object({ roomId: RoomIdText, knockId: z.string().max(60) })

export const Knock = z
  .object({
    knockId: z.string(),
    name: z.string(),
    isSignedIn: z.boolean(),
    /** Milliseconds UTC. */
    askedAt: z.number(),
  })
  .meta({ id: 'Knock' })
export type Knock = z.infer<typeof Knock>

export const Decision = z.object({ admit: z.boolean() })
