-- What goes wrong for a while does not end for good.

-- == kernel ==

-- Since when a job has failed without a success between; null: it has not.
alter table jobs add column failing_since bigint;
