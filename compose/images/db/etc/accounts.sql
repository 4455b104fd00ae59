-- Runs at every start of the server, so the accounts are always those of this run's environment.
-- They are local to each node: nothing here enters the binary log.
SET SESSION sql_log_bin = 0;
SET GLOBAL rpl_semi_sync_slave_enabled = ON;

CREATE OR REPLACE USER webworkWrite@'%' IDENTIFIED BY '@DB_PASSWORD@';
GRANT ALL ON webwork.* TO webworkWrite@'%';
GRANT REPLICATION CLIENT, PROCESS, SLAVE MONITOR ON *.* TO webworkWrite@'%';

-- From the other node: replicate, and dump everything for a new replica.
CREATE OR REPLACE USER repl@'%' IDENTIFIED BY '@REPL_PASSWORD@';
GRANT REPLICATION SLAVE, REPLICATION CLIENT, SLAVE MONITOR, RELOAD, PROCESS, SELECT, LOCK TABLES, SHOW VIEW, EVENT,
  TRIGGER ON *.* TO repl@'%';
