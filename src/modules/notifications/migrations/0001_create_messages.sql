-- Messages on their way out and in-app notices. Locks: new tables only.
create table notifications.message (
  id uuid primary key,
  key text not null unique collate "C",
  channel text not null check (channel in ('email', 'sms', 'zalo', 'app')),
  address bytea not null,
  address_index bytea not null,
  content bytea not null,
  state text not null check (state in ('waiting', 'sent', 'failed')),
  created_at timestamptz(3) not null,
  sent_at timestamptz(3),
  read_at timestamptz(3),
  error text
);
comment on table notifications.message is 'One text to one address. Address and content are sealed; key makes a repeat harmless.';
comment on column notifications.message.address_index is 'Blind index of channel and address: the in-app list of one person reads by it.';
create index message_address on notifications.message (address_index, created_at desc);
create index message_recent on notifications.message (created_at desc);
grant select, insert, update, delete on notifications.message to motcua_app;
