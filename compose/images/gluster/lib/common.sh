# shellcheck shell=bash disable=SC2034
# What the scripts of this image share. Sourced, never run.

readonly VOLUME=${GLUSTER_VOLUME:-shared}
readonly BRICK=/brick/$VOLUME

log() { printf '%(%H:%M:%S)T %s: %s\n' -1 "$HOSTNAME" "$*" >&2; }

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
		sleep 0.2
	done
}

# gluster_says COMMAND...: the administrator's command, without questions; one that hangs is given up.
gluster_says() { timeout 30 gluster --mode=script "$@"; }

brick_runs() { pgrep -f "^/usr/sbin/glusterfsd .*--brick-name $BRICK " >/dev/null; }
