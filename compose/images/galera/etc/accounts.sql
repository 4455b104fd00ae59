-- Runs at every start of the server, on each node for itself: nothing here is replicated.
SET SESSION wsrep_on = OFF;
CREATE DATABASE IF NOT EXISTS webwork;
CREATE OR REPLACE USER webworkWrite@'%' IDENTIFIED BY '@DB_PASSWORD@';
GRANT ALL ON webwork.* TO webworkWrite@'%';
GRANT REPLICATION CLIENT, PROCESS, SLAVE MONITOR ON *.* TO webworkWrite@'%';
-- What the balancer's check signs in as: it may do nothing, and has no password, which such a check cannot send.
CREATE OR REPLACE USER balancer@'@BALANCER@';
