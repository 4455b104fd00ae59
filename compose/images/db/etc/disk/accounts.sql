-- Runs at every start of the server, so the account is always that of this run's environment.
CREATE OR REPLACE USER webworkWrite@'%' IDENTIFIED BY '@DB_PASSWORD@';
GRANT ALL ON webwork.* TO webworkWrite@'%';
GRANT PROCESS ON *.* TO webworkWrite@'%';
