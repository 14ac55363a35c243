/** The texts of mails: short, plain text, one link. */

/** Names come from people: a line break in one must not begin a line of its own. */
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()

export const resetMail = ({ name, url }: { name: string; url: string }) => ({
  subject: 'Choose a new password for Parley',
  text: [
    `Hello ${oneLine(name)},`,
    '',
    'somebody asked for a new password for your account. If it was you, choose one here within an hour:',
    '',
    url,
    '',
    'If it was not you, leave this mail alone: your password stays as it is.',
    '',
  ].join('\n'),
})

export const webhookDisabledMail = (mail: {
  address: string
  reason: 'gone' | 'failing'
  /** Why the last try failed, for a person. */
  fault: string | null
  url: string
}) => ({
  subject: 'A webhook has been disabled on Parley',
  text: [
    'Hello,',
    '',
    'Parley sends no more events to this webhook of your organization:',
    '',
    oneLine(mail.address),
    '',
    mail.reason === 'gone'
      ? 'Its receiver answered 410: it wants nothing more.'
      : 'Nothing has arrived there for five days.',
    ...(mail.reason === 'gone' || mail.fault === null ? [] : [`The last try: ${oneLine(mail.fault)}.`]),
    'What happens while it is disabled is not kept for it. See why, and enable it again:',
    '',
    mail.url,
    '',
  ].join('\n'),
})

export const invitationMail = (mail: {
  organization: string
  invitedBy: string
  url: string
  days: number
}) => ({
  subject: `You are invited to ${oneLine(mail.organization)} on Parley`,
  text: [
    'Hello,',
    '',
    `${oneLine(mail.invitedBy)} invites you to ${oneLine(mail.organization)}, for meetings in the browser.`,
    `Accept within ${mail.days} days:`,
    '',
    mail.url,
    '',
    'If you did not expect this, leave this mail alone: nothing happens.',
    '',
  ].join('\n'),
})
