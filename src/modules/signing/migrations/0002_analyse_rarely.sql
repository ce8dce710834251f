-- Statistics are taken anew when a table has doubled (platform/0006). Locks: none that reads or writes wait for.
select platform.analyse_rarely(t) from unnest(array['signing.intent', 'signing.issued']::regclass[]) as t;
