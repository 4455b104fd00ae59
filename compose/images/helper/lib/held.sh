# shellcheck shell=bash
# What scripts share that hold something up until they are told to end.

fail() {
	printf '%s: %s\n' "${0##*/}" "$1" >&2
	exit "${2:-64}"
}

# Waits so many seconds. False when a piped standard input has closed.
wait_a_pause() {
	local status=0
	if [ ! -p /dev/stdin ]; then
		sleep "$1"
		return 0
	fi
	read -r -t "$1" _ || status=$?
	[ "$status" -eq 0 ] || [ "$status" -gt 128 ]
}

# Says what `look` prints, twice a second, until SECONDS have passed, standard input closes, or `look` fails.
say_while() {
	local end=$((SECONDS + $1))
	while [ "$SECONDS" -lt "$end" ]; do
		look || return 1
		wait_a_pause 0.5 || return 0
	done
}
