/**
 * Every code that an answer may carry: its status, what it means to the caller, and the name that OpenVidu's
 * clients look for in `error` where it is not the status' own. The classes in errors.ts take only codes of their
 * status; the API reference lists them for each endpoint.
 */
export const CODES = {
  // Who calls
  auth_missing: [401, 'No API key, token or session was sent'],
  auth_invalid: [401, 'The credential is malformed, mistyped or unknown'],
  auth_revoked: [401, 'The API key has been revoked'],
  auth_expired: [401, 'The API key is past its expiry, or was rotated and its grace has ended'],
  auth_ambiguous: [400, 'X-API-KEY and Authorization hold different keys: send one'],
  permission_denied: [403, 'The caller may not do this'],
  insufficient_scope: [403, 'The OAuth token was not given the scope that this needs'],
  ip_not_allowed: [403, "The caller's address is outside the key's allowlist"],
  subscription_required: [403, 'API access is switched off for this organization'],
  foreign_site: [403, 'A session cookie came with a request that no page of this server made'],
  sign_in_failed: [401, 'Wrong username, e-mail or password'],
  login_failed: [404, 'Wrong userId or password', 'Login Error'],
  password_change_required: [403, 'The user has to change their password first'],
  token_subject_unknown: [403, "The access token's user is not here any more"],
  refresh_token_missing: [400, 'No refresh token was sent', 'Refresh Token Error'],
  refresh_token_invalid: [
    400,
    'The refresh token is malformed, expired, or was used before',
    'Refresh Token Error',
  ],
  no_organization: [403, 'The user belongs to no organization'],
  two_factor_required: [403, 'The sign-in needs a code of the second factor'],
  two_factor_failed: [401, 'The code is wrong, or was used before'],
  two_factor_code_wrong: [400, 'The code is not the one that the app shows now'],
  two_factor_locked: [429, 'Too many wrong codes: try again after `Retry-After` seconds'],
  two_factor_enabled: [409, 'Two-factor sign-in is on already'],
  two_factor_not_begun: [409, 'Nothing is there to confirm'],
  password_wrong: [400, 'That is not the current password', 'Change Password Error'],
  password_unchanged: [400, 'The new password is the current one', 'Change Password Error'],
  reset_link_invalid: [400, 'The link was used before or is older than an hour'],
  session_not_found: [404, 'The caller has no such session'],
  sso_off: [404, 'This server has no single sign-on'],
  sso_failed: [403, 'The provider did not confirm who it is'],
  sso_email_unverified: [403, 'The provider has not verified the e-mail address'],
  sso_unknown_user: [403, 'There is no account for this person'],
  sso_unreachable: [503, 'The provider cannot be reached'],
  setup_token_invalid: [403, 'The set-up link is not the newest one from the terminal'],
  setup_done: [409, 'There is a first admin already'],
  registration_closed: [403, 'Keys are given out by the admin of this server'],
  email_taken: [400, 'The e-mail is registered already'],

  // The request
  validation_failed: [422, 'The input is not valid: `details` names each field at fault'],
  invalid_json: [400, 'The body is no JSON object'],
  invalid_body: [400, 'The body could not be read'],
  invalid_character: [400, 'The address holds a NUL character'],
  invalid_host: [400, 'The Host header is no host name'],
  body_too_large: [413, 'The body is larger than 100 kB'],
  unsupported_media_type: [415, 'The body is not JSON'],
  path_not_found: [404, 'There is nothing at this address'],
  page_not_found: [404, 'There is no page at this address'],
  method_not_allowed: [405, '`Allow` names the methods that are possible here'],
  rate_limited: [429, 'Too many requests: try again after `Retry-After` seconds'],
  idempotency_mismatch: [422, 'This Idempotency-Key was used with another body'],
  idempotency_key_too_long: [422, 'The Idempotency-Key is too long'],
  idempotency_in_progress: [409, 'The first request with this Idempotency-Key is still at work'],

  // Organizations, users, keys
  organization_not_found: [404, 'The organization no longer exists'],
  user_not_found: [404, 'There is no such user in this organization', 'User Error'],
  user_exists: [409, 'The name is taken', 'User Error'],
  user_protected: [
    403,
    'Not possible with this user: oneself, the root admin, or others’ user',
    'User Error',
  ],
  username_taken: [409, 'The user name is taken'],
  already_user: [409, 'Somebody with this address belongs to the organization already'],
  invitation_not_found: [404, 'There is no such invitation'],
  invitation_invalid: [404, 'The invitation was used, taken back, or is too old'],
  invitation_of_other: [403, 'The invitation is for another address'],
  account_exists: [409, 'There is an account of this address: sign in first'],
  key_not_found: [404, 'There is no such API key in this organization'],
  key_limit_reached: [409, 'The organization has five active keys in this environment: revoke one first'],
  key_revoked: [409, 'The API key has been revoked'],
  key_rotated: [409, 'The API key has been rotated already: rotate its successor'],

  // Webhooks
  webhook_not_found: [404, 'There is no such webhook in this organization and environment'],
  delivery_not_found: [404, 'The webhook has no such delivery on record'],
  webhook_limit_reached: [409, 'The organization has 100 webhooks in this environment: delete one first'],
  webhook_disabled: [409, 'The webhook is disabled: enable it first'],
  webhook_secret_lost: [409, 'The secret of the webhook cannot be read: set a new one'],
  webhook_secret_missing: [409, 'There is no API key to sign webhooks with', 'Webhook Error'],
  webhook_test_failed: [400, 'The receiver gave no 2xx answer', 'Webhook Error'],
  event_gone: [409, 'What was sent is not kept any more'],

  // OAuth
  oauth_client_not_found: [404, 'There is no such OAuth client in this organization'],
  oauth_client_public: [400, 'A public client has no secret'],
  oauth_client_unknown: [400, 'The app that asks for consent is not registered here'],
  oauth_redirect_mismatch: [400, 'The address to be sent back to is not registered for this app'],
  oauth_request_invalid: [400, 'The request for consent is not valid any more'],
  oauth_grant_not_found: [404, 'No such app has access to this account'],
  public_url_required: [503, 'The operator has to set PUBLIC_URL', 'Unavailable'],

  // Rooms
  room_not_found: [404, 'There is no such room in this organization and environment', 'Room Error'],
  room_active: [409, 'Not possible while a meeting runs in the room', 'Room Error'],
  room_closed: [409, 'The room is closed', 'Room Error'],
  room_secret_invalid: [400, 'The secret is not valid for this room', 'Room Error'],
  room_secret_replaced: [400, 'The link has been replaced: ask for the new one', 'Room Error'],
  anonymous_access_disabled: [403, 'The access link is switched off', 'Room Error'],
  room_has_recordings: [
    409,
    'The room has recordings, and `withRecordings` is `fail`',
    'room_has_recordings',
  ],
  room_has_active_meeting: [
    409,
    'A meeting runs in the room, and `withMeeting` is `fail`',
    'room_has_active_meeting',
  ],
  room_with_recordings_has_active_meeting: [
    409,
    'A meeting runs in the room, which has recordings, and `withMeeting` is `fail`',
    'room_with_recordings_has_active_meeting',
  ],
  room_with_active_meeting_has_recordings: [
    409,
    'The room has recordings, and `withRecordings` is `fail`, so its meeting is not ended',
    'room_with_active_meeting_has_recordings',
  ],
  room_with_active_meeting_has_recordings_cannot_schedule_deletion: [
    409,
    'The room has recordings, and `withRecordings` is `fail`, so deletion after the meeting is not arranged',
    'room_with_active_meeting_has_recordings_cannot_schedule_deletion',
  ],
  room_member_not_found: [404, 'There is no such member in this room', 'Room Member Error'],
  already_member: [409, 'The user is a member of this room already', 'Room Member Error'],
  cannot_be_member: [
    409,
    'Owners and admins have every right in the room already, and cannot be added',
    'Room Member Error',
  ],
  name_required: [400, 'Joining needs a name', 'Room Member Error'],
  code_not_found: [404, 'No room has this code'],

  // Meetings
  participant_not_found: [404, 'There is no such participant in the meeting', 'Participant Error'],
  participant_kicked: [403, 'Removed from this meeting by a moderator', 'Participant Error'],
  already_moderator: [409, 'The participant is a moderator already', 'Participant Error'],
  not_promoted: [409, 'The participant was not promoted in this meeting', 'Participant Error'],
  meeting_full: [409, 'As many are in the meeting as its room takes', 'Room Error'],
  knock_not_found: [404, 'Nobody waits with this knock any more'],
  knock_decided: [409, 'Another moderator has answered this knock'],
  knock_denied: [429, 'A moderator has just denied this browser: ask again after `Retry-After` seconds'],
  waiting_room_full: [429, 'Too many people wait for this room: try again after `Retry-After` seconds'],
  chat_disabled: [403, 'Chat is switched off in the room'],
  chat_locked: [403, 'A moderator has locked the chat'],
  message_not_found: [404, 'The message is gone'],
  attachments_disabled: [403, 'The room takes no attachments'],
  attachment_not_found: [404, 'The file is gone, or was not sent by this participant'],
  attachment_too_large: [413, 'The file is larger than 25 MB'],

  // Recordings
  recording_not_found: [
    404,
    'There is no such recording in this organization and environment',
    'Recording Error',
  ],
  recording_disabled: [
    403,
    'Recording is switched off in the room, or ruled out by its encryption',
    'Recording Error',
  ],
  recording_already_started: [409, 'The room is being recorded already', 'Recording Error'],
  room_has_no_participants: [409, 'Nobody is in the room', 'Recording Error'],
  recording_starting: [409, 'The recording is still starting: stop it in a moment', 'Recording Error'],
  recording_already_stopped: [409, 'The recording has been stopped already', 'Recording Error'],
  recording_not_running: [409, 'The room is not being recorded', 'Recording Error'],
  recording_running: [409, 'The recording has not been stopped yet', 'Recording Error'],
  recording_not_streamable: [409, 'The recording has no file, or not yet', 'Recording Error'],
  recording_secret_invalid: [400, 'The secret is not valid for this recording', 'Recording Error'],
  recording_link_expired: [410, 'The link to the recording has expired', 'Recording Error'],
  range_not_satisfiable: [416, 'The range begins beyond the end of the file', 'Recording Error'],
  nothing_to_download: [400, 'None of the recordings has a file that may be downloaded', 'Recording Error'],
  recorder_unavailable: [
    503,
    'Nothing can be recorded on this server now: the message says why',
    'Recording Error',
  ],
  recording_capacity: [503, 'As many recordings run as this server bears', 'Recording Error'],
  recording_start_timeout: [503, 'The recorder did not start within 20 s', 'Recording Error'],
  feed_not_found: [404, 'There is no calendar feed at this address, or it was replaced'],
  meeting_not_found: [404, 'There is no such scheduled meeting, or not for this caller'],

  // The server
  file_not_found: [404, 'The file is not there'],
  storage_full: [503, 'The disk is full'],
  internal_error: [500, 'Something went wrong on the server: tell its operator the `requestId`'],
} as const satisfies Record<string, readonly [status: number, meaning: string, error?: string]>

export type Code = keyof typeof CODES
/** The codes that answers with this status carry. */
export type CodeOf<Status extends number> = {
  [C in Code]: (typeof CODES)[C][0] extends Status ? C : never
}[Code]
