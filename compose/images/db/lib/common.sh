# shellcheck shell=bash disable=SC2034
# What the scripts of this image share. Sourced, never run.

readonly HOME_DIR=/var/lib/wwchaos
# replica: each node has data of its own. disk: both have one disk, which is mounted at /disk.
readonly STORAGE=${DB_STORAGE:-replica}
if [[ $STORAGE == disk ]]; then readonly DATA=/disk/mysql; else readonly DATA=$HOME_DIR/mysql; fi
# Exists while DATA is a whole data directory, not one that is being filled.
readonly DATA_WHOLE=$DATA.whole
# Exists once the audit has its copy of DATA.
readonly DATA_COPIED=$DATA.copied
# The way to the engine of the fencer.
readonly GATE=/run/gate/engine.sock
readonly TEMPLATE=/usr/share/wwchaos/mysql-template.tar
readonly SETTINGS=/etc/mysql/wwchaos.cnf
# Where the resource agent looks for the settings: without this file it cannot start the server.
readonly SETTINGS_IN_USE=/run/wwchaos/mariadb.cnf
# The password of replication, for the resource agent.
readonly REPLICATION=/run/wwchaos/replication
readonly SERVER_LOG=/var/log/mysql/error.log
# The server for copying and seeding, out of pacemaker's and the network's sight.
readonly PRIVATE_SOCKET=/run/mysqld/private.sock
private_pid=

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

# Options with which a client reaches the other node. A file of them: every user of the machine sees a command line.
peer_options() { printf '[client]\nuser = repl\npassword = %s\n' "$REPL_PASSWORD"; }

# peer_sql NODE STATEMENT
peer_sql() {
  timeout 5 mariadb --defaults-extra-file=<(peer_options) --host="$1" --connect-timeout=2 \
    --batch --skip-column-names -e "$2"
}

private_sql() { timeout 60 mariadb --socket="$PRIVATE_SOCKET" --batch --skip-column-names "$@"; }

# start_private_server SETTINGS_FILE: stopped by stop_private_server, which may be called at any time.
start_private_server() {
  mariadbd --defaults-file="$1" --user=mysql --skip-networking --skip-slave-start \
    --socket="$PRIVATE_SOCKET" --pid-file=/run/mysqld/private.pid --log-error="$SERVER_LOG" &
  private_pid=$!
  wait_for 60 "the private server to answer" private_sql -e 'SELECT 1'
}

stop_private_server() {
  [[ -n $private_pid ]] || return 0
  kill "$private_pid" 2>/dev/null || true
  wait "$private_pid" || log "the private server ended with code $?"
  private_pid=
}

unpack_template() {
  rm -rf "$DATA_WHOLE" "$DATA_COPIED" "$DATA"
  mkdir -p "$DATA"
  tar -C "$DATA" -xf "$TEMPLATE"
}

# True once the cluster has accepted this node, hence given it the newest memory.
accepted() {
  cibadmin --query --xpath "//node_state[@uname='$NODE_NAME'][@join='member'][@crmd='online']"
}

# Pacemaker may start the server from here on.
declare_ready() {
  cp "$SETTINGS" "$SETTINGS_IN_USE"
  attrd_updater --name wwchaos-ready --update yes --delay 0
  log "data are right: handed over to pacemaker"
}
