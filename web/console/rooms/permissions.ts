/** The abilities of contract/openvidu-meet.md 2.3 in the order and groups in which a person thinks of them. */
export const ABILITIES = {
  meeting: [
    'meetingJoin',
    'mediaPublishAudio',
    'mediaPublishVideo',
    'mediaShareScreen',
    'mediaChangeVirtualBackground',
    'chatRead',
    'chatWrite',
  ],
  moderation: ['roomShareAccessLinks', 'participantPromote', 'participantKick', 'meetingEnd'],
  recordings: ['recordingControl', 'recordingList', 'recordingPlay', 'recordingDownload', 'recordingDelete'],
} as const

export const ABILITY_GROUPS = Object.keys(ABILITIES) as (keyof typeof ABILITIES)[]
