# shellcheck shell=bash disable=SC2034
# What the scripts of this image share. Sourced, never run.

readonly HOME_DIR=/var/lib/wwchaos
readonly DATA=$HOME_DIR/mysql
# Exists once DATA is a whole data directory.
readonly DATA_WHOLE=$HOME_DIR/mysql.whole
readonly TEMPLATE=/usr/share/wwchaos/galera-template.tar
readonly RUN_DIR=/run/mysqld
readonly SETTINGS=$RUN_DIR/galera.cnf
readonly SOCKET=$RUN_DIR/mysqld.sock
# `<uuid> <number>`: how far the data of a server that does not run have come.
readonly POSITION=$RUN_DIR/position
# Where each node says how it is.
readonly STATE_PORT=4569
readonly RUNTIME_PORT=9999
# The table of key-cost, whose keys are its own affair.
readonly KEY_COST_TABLE=wwchaos_key_cost
readonly NEVER='00000000-0000-0000-0000-000000000000 -1'

log() { printf '%(%H:%M:%S)T %s: %s\n' -1 "${NODE_NAME:-build}" "$*" >&2; }

die() {
	log "error: $*"
	exit 1
}

sql() { timeout 5 mariadb --no-defaults --socket="$SOCKET" --connect-timeout=2 --batch --skip-column-names -e "$1"; }

# status NAME...: the values of wsrep_NAME, one word each in this order; fails where the server does not answer.
status() {
	local all name
	all=$(sql "SHOW GLOBAL STATUS LIKE 'wsrep%'") || return 1
	for name in "$@"; do awk -F'\t' -v name="wsrep_$name" '$1 == name { print $2 == "" ? "-" : $2 }' <<<"$all"; done
}

# The address of a node of DB_NODES.
address() {
	local node
	for node in $DB_NODES; do
		if [[ ${node%%=*} == "$1" ]]; then printf '%s' "${node#*=}"; fi
	done
}

# The data nodes but this one.
peers() {
	local node
	for node in $DB_NODES; do
		if [[ ${node%%=*} != "$NODE_NAME" ]]; then printf '%s\n' "${node%%=*}"; fi
	done
}

# ask NODE: what it says of itself: `serving|stranded|waiting <uuid> <number> <members>`. Nothing where it does not answer.
ask() {
	timeout 2 bash -c "exec 3<>/dev/tcp/$(address "$1")/$STATE_PORT && printf 'GET / HTTP/1.0\r\n\r\n' >&3 && cat <&3" 2>/dev/null |
		grep -E '^(serving|stranded|waiting) ' || true
}

# The node that the balancer sends clients to: the first that is up and no backup, else the first backup that is up.
chosen() {
	timeout 2 bash -c "exec 3<>/dev/tcp/$BALANCER/$RUNTIME_PORT && printf 'show stat\n' >&3 && cat <&3" 2>/dev/null |
		awk -F, '
			/^# / { for (i = 1; i <= NF; i++) { sub(/^# /, "", $i); column[$i] = i } }
			$1 == "db" && $2 != "FRONTEND" && $2 != "BACKEND" && $column["status"] ~ /^(UP|no check)/ {
				if ($column["act"] > 0) { if (first == "") first = $2 } else if (backup == "") backup = $2
			}
			END { print first == "" ? backup : first }'
}
