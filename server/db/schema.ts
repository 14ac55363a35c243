import type { LeaseTable } from '../jobs.ts'
import type { SettingTable } from '../settings.ts'
import type { AccessSessionTable } from '../accounts/access-tokens.ts'
import type { InvitationTable } from '../accounts/invitations.ts'
import type { PasswordResetTable } from '../accounts/passwords.ts'
import type {
  AccountTable,
  OrganizationMemberTable,
  OrganizationTable,
  SessionTable,
  UserTable,
} from '../accounts/store.ts'
import type { RecoveryCodeTable, TwoFactorTable } from '../accounts/two-factor.ts'
import type { AuditTable } from '../audit/audit.ts'
import type { AttachmentTable, ChatMessageTable } from '../chat/store.ts'
import type { IdempotencyTable } from '../http/idempotency.ts'
import type { ApiKeyTable } from '../keys/store.ts'
import type { KeyRequestTable, KeyUsageTable } from '../keys/usage.ts'
import type {
  AttendanceTable,
  MeetingCounterTable,
  MeetingTable,
  ParticipantNameTable,
  ParticipantTable,
} from '../meetings/store.ts'
import type {
  OAuthAuthorizationTable,
  OAuthClientTable,
  OAuthGrantTable,
  OAuthTokenTable,
} from '../oauth/store.ts'
import type { MediaTrashTable, RecordingConsentTable, RecordingTable } from '../recordings/store.ts'
import type {
  CalendarFeedTable,
  MeetingMailTable,
  ScheduledAttendeeTable,
  ScheduledMeetingTable,
  TalkTimeTable,
} from '../scheduled/store.ts'
import type { RoomMemberTable, RoomTable } from '../rooms/store.ts'
import type { AdmissionTable, KnockTable } from '../waiting-room/store.ts'
import type { OutboxTable } from '../webhooks/outbox.ts'
import type { WebhookDeliveryTable, WebhookTable } from '../webhooks/store.ts'

/** Every table of ours, as the stores that own them declare them. */
export interface Tables {
  user: UserTable
  session: SessionTable
  account: AccountTable
  accessSession: AccessSessionTable
  twoFactor: TwoFactorTable
  recoveryCode: RecoveryCodeTable
  passwordReset: PasswordResetTable
  invitation: InvitationTable
  setting: SettingTable
  lease: LeaseTable
  organization: OrganizationTable
  organizationMember: OrganizationMemberTable
  apiKey: ApiKeyTable
  keyUsage: KeyUsageTable
  keyRequest: KeyRequestTable
  idempotency: IdempotencyTable
  room: RoomTable
  roomMember: RoomMemberTable
  meeting: MeetingTable
  attendance: AttendanceTable
  participant: ParticipantTable
  participantName: ParticipantNameTable
  knock: KnockTable
  admission: AdmissionTable
  meetingCounter: MeetingCounterTable
  chatMessage: ChatMessageTable
  attachment: AttachmentTable
  recording: RecordingTable
  recordingConsent: RecordingConsentTable
  mediaTrash: MediaTrashTable
  outbox: OutboxTable
  webhook: WebhookTable
  webhookDelivery: WebhookDeliveryTable
  audit: AuditTable
  scheduledMeeting: ScheduledMeetingTable
  scheduledAttendee: ScheduledAttendeeTable
  meetingMail: MeetingMailTable
  calendarFeed: CalendarFeedTable
  talkTime: TalkTimeTable
  oauthClient: OAuthClientTable
  oauthGrant: OAuthGrantTable
  oauthAuthorization: OAuthAuthorizationTable
  oauthToken: OAuthTokenTable
}
