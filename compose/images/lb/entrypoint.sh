#!/usr/bin/env bash
# Turns the LB_* environment into haproxy.cfg, has HAProxy check it, and becomes HAProxy.
# A value that does not fit ends it with one message and exit code 64.
set -euo pipefail

readonly CONFIG=/etc/haproxy/haproxy.cfg
readonly CERTIFICATE=/etc/haproxy/entry.pem
readonly EXIT_USAGE=64

# Defaults: what the WeBWorK community runs (README.md of this folder lists every setting).
: "${LB_NODES:=}"
: "${LB_COURSE:=quiz}"
: "${LB_CHECK:=content}"
: "${LB_INTER:=2s}"
: "${LB_FASTINTER:=}"
: "${LB_FALL:=3}"
: "${LB_RISE:=2}"
: "${LB_TIMEOUT_CHECK:=3s}"
: "${LB_TIMEOUT_CONNECT:=3s}"
: "${LB_TIMEOUT_SERVER:=65s}"
: "${LB_TIMEOUT_CLIENT:=65s}"
: "${LB_TIMEOUT_QUEUE:=30s}"
: "${LB_MAXCONN_PER_NODE:=}"
: "${LB_ON_MARKED_DOWN:=none}"
: "${LB_RETRIES:=2}"
: "${LB_OBSERVE:=none}"
: "${LB_AWAIT_SECONDS:=0}"
: "${LB_FAIL_OPEN:=off}"
: "${LB_TLS:=off}"
: "${LB_CERTIFICATE:=}"
: "${LB_RUNTIME_LEVEL:=operator}"

refuse() {
	printf 'lb: %s is %s, expected %s\n' "$1" "'${!1}'" "$2" >&2
	exit "$EXIT_USAGE"
}

# need NAME REGEX EXPECTATION
need() { [[ ${!1} =~ ^($2)$ ]] || refuse "$1" "$3"; }

need_duration() { need "$1" '[1-9][0-9]*(ms|s|m|h)' 'a duration with its unit, such as 500ms or 2s'; }

need_count() { need "$1" '[1-9][0-9]{0,5}' 'a whole number from 1'; }

check_environment() {
	local name
	local node='[A-Za-z0-9_-]+=[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+:[0-9]+'
	need LB_NODES " *$node( +$node)* *" 'name=address:port, one per node, such as "web1=10.1.2.11:8080 web2=10.1.2.12:8080"'
	need LB_COURSE '[A-Za-z0-9_-]+' 'a course name of letters, digits, _ and -'
	need LB_CHECK 'tcp|static|courses|status|content' 'tcp, static, courses, status or content'
	need LB_ON_MARKED_DOWN 'none|shutdown-sessions' 'none or shutdown-sessions'
	need LB_OBSERVE 'none|layer7' 'none or layer7'
	need LB_TLS 'off|on' 'off or on'
	need LB_FAIL_OPEN 'off|on' 'off or on'
	need LB_RUNTIME_LEVEL 'operator|admin' 'operator or admin'
	need LB_RETRIES '[0-9]{1,3}' 'a whole number from 0'
	need LB_AWAIT_SECONDS '[0-9]{1,3}' 'a whole number of seconds from 0'
	for name in LB_FALL LB_RISE; do need_count "$name"; done
	for name in LB_INTER LB_TIMEOUT_{CHECK,CONNECT,SERVER,CLIENT,QUEUE}; do need_duration "$name"; done
	[ -z "$LB_FASTINTER" ] || need_duration LB_FASTINTER
	[ -z "$LB_MAXCONN_PER_NODE" ] || need_count LB_MAXCONN_PER_NODE
}

render_common() {
	cat <<-CFG
		global
		  log stdout format iso local0 info
		  stats socket ipv4@0.0.0.0:9999 level $LB_RUNTIME_LEVEL
		  maxconn 4000
		  # One thread: the order of round robin is exact, and a CPU quota is not spent on waiting.
		  nbthread 1
		  user haproxy
		  group haproxy

		defaults
		  mode http
		  log global
		  timeout connect $LB_TIMEOUT_CONNECT
		  timeout server $LB_TIMEOUT_SERVER
		  timeout client $LB_TIMEOUT_CLIENT
		  timeout check $LB_TIMEOUT_CHECK
		  timeout queue $LB_TIMEOUT_QUEUE
		  # A kept-alive connection would occupy a whole worker of the app.
		  option http-server-close
		  option redispatch
		  retries $LB_RETRIES

	CFG
}

# The path goes into the log without its query, which may hold a session key.
render_frontend() {
	printf 'frontend entry\n  bind :8080%s\n' "$([ "$LB_TLS" = off ] || printf ' ssl crt %s' "$CERTIFICATE")"
	[ "$LB_TLS" = off ] || printf '  http-request set-header X-Forwarded-Proto https\n'
	cat <<-'CFG'
		  option forwardfor
		  http-request set-var(txn.method) method,json(utf8s)
		  http-request set-var(txn.path) path,json(utf8s)
		  http-request set-var(txn.agent) req.hdr(User-Agent),json(utf8s)
		  log-format '{"event":"request","accepted":"%t","client":"%ci:%cp","agent":"%[var(txn.agent)]","method":"%[var(txn.method)]","path":"%[var(txn.path)]","node":"%s","status":%ST,"bytes":%B,"ended":"%tsc","retries":"%rc","queue_ms":%Tw,"connect_ms":%Tc,"response_ms":%Tr,"total_ms":%Ta,"node_connections":%sc}'
		  # The server's name on what a server sent; `lb` on what the balancer made itself.
		  http-response set-header X-Wwchaos-Node %s
		  http-after-response set-header X-Wwchaos-Node lb unless { res.hdr(X-Wwchaos-Node) -m found }
		  default_backend nodes
	CFG
	[ "$LB_FAIL_OPEN" = off ] || echo '  use_backend open unless { nbsrv(nodes) gt 0 }'
	echo
}

render_check() {
	[ "$LB_CHECK" != tcp ] || return 0
	local path
	case $LB_CHECK in
	static) path=/ ;;
	courses) path=/webwork2/ ;;
	*) path=/webwork2/$LB_COURSE ;;
	esac
	cat <<-CFG
		  option httpchk
		  http-check send meth GET uri $path ver HTTP/1.1 hdr Host localhost hdr User-Agent haproxy-check
	CFG
	case $LB_CHECK in
	static | courses | status) echo '  http-check expect status 200' ;;
	content)
		echo '  http-check expect status 200'
		echo "  http-check expect string 'id=\"login_form\"'"
		;;
	esac
}

server_settings() {
	printf 'check inter %s fall %s rise %s' "$LB_INTER" "$LB_FALL" "$LB_RISE"
	[ -z "$LB_FASTINTER" ] || printf ' fastinter %s' "$LB_FASTINTER"
	[ -z "$LB_MAXCONN_PER_NODE" ] || printf ' maxconn %s' "$LB_MAXCONN_PER_NODE"
	[ "$LB_ON_MARKED_DOWN" = none ] || printf ' on-marked-down %s' "$LB_ON_MARKED_DOWN"
	[ "$LB_OBSERVE" = none ] || printf ' observe %s error-limit 5 on-error mark-down' "$LB_OBSERVE"
}

render_backend() {
	printf 'backend nodes\n  balance roundrobin\n  option log-health-checks\n'
	render_check
	printf '  default-server %s\n' "$(server_settings)"
	render_servers
	# Where none passes its check, all get requests.
	if [ "$LB_FAIL_OPEN" = on ]; then
		printf 'backend open\n  balance roundrobin\n'
		[ -z "$LB_MAXCONN_PER_NODE" ] || printf '  default-server maxconn %s\n' "$LB_MAXCONN_PER_NODE"
		render_servers
	fi
}

render_servers() {
	local node
	for node in $LB_NODES; do
		printf '  server %s %s\n' "${node%%=*}" "${node#*=}"
	done
}

# Whether the node at $1 answers its course's page with 200.
serves() {
	local status
	status=$(timeout 2 bash -c "exec 3<>'/dev/tcp/${1%:*}/${1#*:}' &&
		printf 'GET /webwork2/%s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: lb\r\nConnection: close\r\n\r\n' '$LB_COURSE' >&3 &&
		head -n 1 <&3" 2>/dev/null) || true
	[[ $status == 'HTTP/1.'[01]' 200'* ]]
}

# A balancer that registers a target only when it has passed a check begins with targets that are in.
await_nodes() {
	local node end=$((SECONDS + LB_AWAIT_SECONDS))
	trap 'exit 0' TERM INT
	for node in $LB_NODES; do
		until [ "$SECONDS" -ge "$end" ] || serves "${node#*=}"; do sleep 0.5; done
	done
}

main() {
	check_environment
	if [ "$LB_TLS" = on ]; then (umask 077 && printf '%s\n' "$LB_CERTIFICATE" >"$CERTIFICATE"); fi
	{
		render_common
		render_frontend
		render_backend
	} >"$CONFIG"
	local said
	said=$(haproxy -c -f "$CONFIG" 2>&1) || {
		printf 'lb: HAProxy refuses the configuration made from the environment:\n%s\n' "$said" >&2
		exit "$EXIT_USAGE"
	}
	await_nodes
	# -W: as process 1, HAProxy without a master ignores SIGTERM.
	# Standard error would only say every state change a second time.
	exec haproxy -W -db -f "$CONFIG" 2>/dev/null
}

main
