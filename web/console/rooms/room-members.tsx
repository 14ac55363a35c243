import { useState } from 'react'
import { Copy, EllipsisVertical, Pencil, SearchX, UserMinus, UserPlus, Users } from 'lucide-react'
import { useText } from '../../locales/console.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button, IconButton } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { classNames } from '../../ui/class-names.ts'
import { copyText } from '../../ui/copy.tsx'
import { FilterBar, ListSkeleton, LoadMore, SearchBox } from '../../ui/list.tsx'
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu.tsx'
import { State } from '../../ui/notice.tsx'
import table from '../../ui/table.module.css'
import { DateTime } from '../../ui/time.tsx'
import { toast } from '../../ui/toast.tsx'
import { PersonHead } from '../people/person-head.tsx'
import { Confirm } from '../shell/confirm.tsx'
import { Loaded, StaleNotice } from '../shell/states.tsx'
import { AddMemberDialog, EditMemberDialog } from './member-dialog.tsx'
import { useMembers, useRemoveMember, type Member } from './members.ts'
import { abilitiesIn } from './permissions.ts'
import styles from './room-members.module.css'
import type { Room } from './rooms.ts'

type Open = { kind: 'add' } | { kind: 'edit' | 'remove'; member: Member } | null

/** The people who have a role of their own in the room. */
export function RoomMembers({ room }: { room: Room }) {
  const { t } = useText()
  const [name, setName] = useState('')
  const [open, setOpen] = useState<Open>(null)
  const query = useMembers(room.roomId, name.trim())
  const members = query.data?.pages.flatMap((page) => page.members) ?? []
  const isBare = query.isSuccess && members.length === 0 && name.trim() === ''
  const add = (
    <Button variant="primary" onClick={() => setOpen({ kind: 'add' })}>
      <UserPlus aria-hidden="true" />
      {t('room.addMember')}
    </Button>
  )

  return (
    <>
      <StaleNotice error={query.data && query.error} />
      <Card
        title={t('room.members')}
        description={t('room.membersPurpose')}
        action={!isBare && query.isSuccess && add}
        flush
      >
        {!isBare && query.data !== undefined && (
          <FilterBar isBelow>
            <SearchBox label={t('room.searchMembers')} value={name} maxLength={50} onChange={setName} />
          </FilterBar>
        )}
        <Loaded query={query} skeleton={<ListSkeleton />}>
          {() =>
            members.length > 0 ? (
              <MemberTable members={members} onOpen={setOpen} />
            ) : isBare ? (
              <State icon={<Users aria-hidden="true" />} title={t('room.noMembersTitle')} action={add}>
                {t('room.noMembers')}
              </State>
            ) : (
              <State icon={<SearchX aria-hidden="true" />} title={t('room.noMemberMatch')}>
                {t('room.noMemberMatchText')}
              </State>
            )
          }
        </Loaded>
        <LoadMore query={query}>{t('room.loadMoreMembers')}</LoadMore>
      </Card>
      {open?.kind === 'add' && <AddMemberDialog room={room} onClose={() => setOpen(null)} />}
      {open?.kind === 'edit' && (
        <EditMemberDialog room={room} member={open.member} onClose={() => setOpen(null)} />
      )}
      {open?.kind === 'remove' && (
        <RemoveDialog roomId={room.roomId} member={open.member} onClose={() => setOpen(null)} />
      )}
    </>
  )
}

function MemberTable({ members, onOpen }: { members: Member[]; onOpen: (open: Open) => void }) {
  const { t, locale } = useText()
  return (
    <table className={table.table} aria-label={t('room.members')}>
      <PersonHead name={t('room.memberName')} role={t('room.memberRole')} date={t('room.memberSince')} />
      <tbody>
        {members.map((member) => (
          <tr key={member.memberId}>
            <td className={table.main}>
              <div className={table.named}>
                <span className={table.name}>{member.name}</span>
                <span className={table.under}>
                  {member.type === 'user' ? (
                    <span>{member.memberId}</span>
                  ) : (
                    <Badge plain>{t('room.guest')}</Badge>
                  )}
                  <span className={table.narrowOnly}>{t(`room.roles.${member.baseRole}`)}</span>
                </span>
              </div>
            </td>
            <td className={classNames(table.tight, table.wideOnly)}>
              <Role member={member} />
            </td>
            <td className={classNames(table.tight, table.muted, table.wideOnly)}>
              <DateTime at={member.membershipDate} locale={locale} />
            </td>
            <td className={table.tight}>
              <MemberActions member={member} onOpen={onOpen} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Role({ member }: { member: Member }) {
  const { t } = useText()
  const own = Object.keys(abilitiesIn(member.customPermissions ?? {})).length
  return (
    <span className={styles.role}>
      {t(`room.roles.${member.baseRole}`)}
      {own > 0 && <span className={styles.own}>{t('room.differs', { count: own })}</span>}
    </span>
  )
}

function MemberActions({ member, onOpen }: { member: Member; onOpen: (open: Open) => void }) {
  const { t } = useText()
  const copy = async () => {
    const isCopied = await copyText(member.accessUrl)
    toast(
      isCopied
        ? { text: t('room.memberLinkCopied', { name: member.name }) }
        : { tone: 'danger', text: t('rooms.copyFailed') },
    )
  }
  return (
    <div className={table.rowActions}>
      <Menu
        trigger={
          <IconButton size="small" label={t('room.memberMore', { name: member.name })}>
            <EllipsisVertical aria-hidden="true" />
          </IconButton>
        }
      >
        <MenuItem icon={<Copy aria-hidden="true" />} onSelect={() => void copy()}>
          {t('room.copyMemberLink')}
        </MenuItem>
        <MenuItem icon={<Pencil aria-hidden="true" />} onSelect={() => onOpen({ kind: 'edit', member })}>
          {t('room.editMember')}
        </MenuItem>
        <MenuSeparator />
        <MenuItem
          danger
          icon={<UserMinus aria-hidden="true" />}
          onSelect={() => onOpen({ kind: 'remove', member })}
        >
          {t('room.removeMember')}
        </MenuItem>
      </Menu>
    </div>
  )
}

/** Asks first: a guest who is added again has another link. */
function RemoveDialog({ roomId, member, onClose }: { roomId: string; member: Member; onClose: () => void }) {
  const { t } = useText()
  const remove = useRemoveMember(roomId)
  return (
    <Confirm
      title={t('room.removeTitle', { name: member.name })}
      text={t(member.type === 'user' ? 'room.removeUserText' : 'room.removeGuestText')}
      action={t('room.confirmRemove')}
      mutation={remove}
      variables={member.memberId}
      done={t('room.memberRemoved', { name: member.name })}
      onClose={onClose}
    />
  )
}
