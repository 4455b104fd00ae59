#!/usr/bin/env bash
# gate PREFIX NAME...: the way to the engine of a cluster that fences. It listens on a unix socket in a volume and lets
# through: reading, killing and starting the containers PREFIX-NAME, and asking whether the engine is there.
#
# Whatever differs from these requests in one byte is refused with 403: what is compared is the whole of what was sent, not
# what a path becomes when it is decoded. The version of the API is cut off, so that the engine answers by its newest: old
# ones took settings, such as mounts, with the request to start a container.
set -euo pipefail

readonly ENGINE=/var/run/docker.sock
readonly ENTRY=/run/gate/engine.sock
readonly CONFIG=/etc/haproxy/haproxy.cfg
readonly EXIT_USAGE=64

fail() {
	printf 'gate: %s\n' "$1" >&2
	exit "${2:-1}"
}

check_arguments() {
	local word
	[ $# -ge 2 ] || fail "expected PREFIX NAME..., got $# arguments" "$EXIT_USAGE"
	for word in "$@"; do
		[[ $word =~ ^[a-z0-9]+$ ]] || fail "expected small letters and digits, got '$word'" "$EXIT_USAGE"
	done
}

# render PREFIX NAME...
render() {
	local prefix=$1 names
	names=$(IFS='|' && printf '%s' "${*:2}")
	cat <<-CFG
		global
		  log stdout format iso local0 info
		  maxconn 20
		  nbthread 1

		defaults
		  mode http
		  log global
		  timeout connect 3s
		  timeout client 30s
		  timeout server 30s

		frontend gate
		  bind $ENTRY mode 666
		  http-request set-var(txn.asked) url,json(utf8s)
		  log-format '{"event":"request","accepted":"%t","method":"%HM","asked":"%[var(txn.asked)]","status":%ST}'
		  acl get method GET
		  acl post method POST
		  acl ping url -m reg ^(/v1[.][0-9]{1,3})?/_ping\$
		  acl read url -m reg ^(/v1[.][0-9]{1,3})?/containers/$prefix-($names)/json\$
		  acl power url -m reg ^(/v1[.][0-9]{1,3})?/containers/$prefix-($names)/(kill|start)\$
		  # No request that is let through has a body or changes the protocol.
		  http-request deny if { req.hdr_cnt(transfer-encoding) gt 0 }
		  http-request deny if { req.hdr_cnt(content-length) gt 0 } !{ req.hdr(content-length) -m str 0 }
		  http-request deny if { req.hdr_cnt(upgrade) gt 0 }
		  http-request deny unless get ping or get read or post power
		  http-request set-log-level silent if ping
		  http-request replace-path ^/v1[.][0-9]{1,3}(/.*)\$ \1
		  default_backend engine

		backend engine
		  server engine unix@$ENGINE
	CFG
}

# The engine's socket belongs to a group, whose number differs from machine to machine: it is looked up here. Where its
# group may not write to it, HAProxy stays root.
find_user() {
	user=(setpriv --reuid=haproxy --regid=haproxy --groups="$(stat -c %g "$ENGINE")")
	if "${user[@]}" test -w "$ENGINE"; then return; fi
	[ -w "$ENGINE" ] || fail "$ENGINE cannot be written to (hint: is it the socket of an engine?)"
	user=()
}

check_arguments "$@"
find_user
render "$@" >"$CONFIG"
# -W: as process 1, HAProxy without a master ignores SIGTERM.
exec "${user[@]}" haproxy -W -db -f "$CONFIG"
