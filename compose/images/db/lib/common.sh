# shellcheck shell=bash disable=SC2034
# What the scripts of this image share. Sourced, never run.

readonly HOME_DIR=/var/lib/wwchaos
readonly DATA=$HOME_DIR/mysql
# Exists while DATA is a whole data directory, not one that is being filled.
readonly DATA_WHOLE=$HOME_DIR/mysql.whole
readonly TEMPLATE=/usr/share/wwchaos/mysql-template.tar
readonly SETTINGS=/etc/mysql/wwchaos.cnf
# Where the resource agent looks for the settings: without this file it cannot start the server.
readonly SETTINGS_IN_USE=/run/wwchaos/mariadb.cnf
readonly SERVER_LOG=/var/log/mysql/error.log
# The server that db-join runs, out of pacemaker's and the network's sight.
readonly PRIVATE_SOCKET=/run/mysqld/private.sock

log() { printf '%(%H:%M:%S)T %s: %s\n' -1 "${NODE_NAME:-build}" "$*" >&2; }

die() {
  log "error: $*"
  exit 1
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds; fails with a message after SECONDS.
wait_for() {
  local seconds=$1 what=$2 deadline=$((SECONDS + $1))
  shift 2
  until "$@" >/dev/null 2>&1; do
    if ((SECONDS >= deadline)); then
      log "error: waited $seconds s in vain for $what"
      return 1
    fi
    sleep 0.1
  done
}

private_sql() { timeout 60 mariadb --socket="$PRIVATE_SOCKET" --batch --skip-column-names "$@"; }

# start_private_server DEFAULTS [OPTION...]: sets private_pid.
start_private_server() {
  local defaults=$1
  shift
  mariadbd --defaults-file="$defaults" --user=mysql --skip-networking --skip-slave-start \
    --socket="$PRIVATE_SOCKET" --pid-file=/run/mysqld/private.pid --log-error="$SERVER_LOG" "$@" &
  private_pid=$!
  wait_for 60 "the private server to answer" private_sql -e 'SELECT 1'
}

stop_private_server() {
  kill "$private_pid"
  wait "$private_pid" || log "the private server ended with code $?"
}
