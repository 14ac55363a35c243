import { z } from 'zod'
import { DEPRECATED, PERMISSIONS, type Permission, type PermissionSet } from './permissions.ts'

/** Permissions on the wire (contract/openvidu-meet.md 2.3). */

const MEANING: Record<Permission, string> = {
  recordingControl: 'Start and stop recordings',
  recordingList: 'See which recordings the room has',
  recordingPlay: 'Play recordings',
  recordingDownload: 'Download recordings',
  recordingDelete: 'Delete recordings',
  meetingJoin: 'Join the meeting',
  roomShareAccessLinks: "See and share the room's access links",
  participantPromote: 'Make participants moderators',
  participantKick: 'Remove participants',
  meetingEnd: 'End the meeting for all',
  mediaPublishVideo: 'Switch a camera on',
  mediaPublishAudio: 'Switch a microphone on',
  mediaShareScreen: 'Share a screen',
  chatRead: 'Read the chat',
  chatWrite: 'Write in the chat',
  mediaChangeVirtualBackground: 'Change the virtual background',
}

const fields = (): Record<string, z.ZodOptional<z.ZodBoolean>> => ({
  ...Object.fromEntries(
    PERMISSIONS.map((name) => [name, z.boolean().optional().meta({ description: MEANING[name] })]),
  ),
  ...Object.fromEntries(
    Object.entries(DEPRECATED).map(([old, now]) => [
      old,
      z
        .boolean()
        .optional()
        .meta({ description: `Name in OpenVidu Meet 3.8 of ${now.join(', ')}`, deprecated: true }),
    ]),
  ),
})

/** Part of a permission set in today's names, the deprecated ones, or both where they agree. */
export const permissionsInput = z
  .object(fields())
  .meta({ id: 'PermissionsChange', description: 'What changes; the others stay as they are' })
  .superRefine((given, check) => {
    for (const [old, now] of Object.entries(DEPRECATED)) {
      if (given[old] === undefined) continue
      const contrary = now.find((name) => given[name] !== undefined && given[name] !== given[old])
      if (contrary !== undefined)
        check.addIssue({
          code: 'custom',
          path: [old],
          message: `'${old}' and '${contrary}' contradict each other, send only '${contrary}'`,
        })
    }
  })
  .transform((given) => {
    const result: Partial<PermissionSet> = {}
    for (const [old, now] of Object.entries(DEPRECATED)) {
      const value = given[old]
      if (value !== undefined) for (const name of now) result[name] = value
    }
    for (const name of PERMISSIONS) {
      const value = given[name as string]
      if (value !== undefined) result[name satisfies Permission] = value
    }
    return result
  })

export const PermissionsView = z.object(fields()).meta({
  id: 'Permissions',
  description: 'What somebody may do in a room; permissions that are absent are not set here',
})
