-- Where an act or a look came from stands in a column, for every row: only sign-ins said it before, among their facts.
alter table platform.audit add column network text collate "C";
comment on column platform.audit.network is 'The IPv4 address or the /64 of the IPv6 address it came from; empty for what jobs and commands do.';
