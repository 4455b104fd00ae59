# shellcheck shell=bash
# The level of the file system mounted at /volume, read from the file system itself.

readonly VOLUME=/volume

# Sets block_bytes, blocks, avail_bytes. `avail` is what a process without privilege may still write.
measure() {
	local avail
	read -r block_bytes blocks avail < <(stat --file-system --format '%S %b %a' "$VOLUME")
	avail_bytes=$((avail * block_bytes))
}

# Sets took_us: what it takes to write a line to a file that is there and to read it again, as an app does with its logs; empty
# where that fails. The line is written over the one before: no volume is so full that it could not be.
took_us=
operation() {
	local file=$VOLUME/.wwchaos-look from=$EPOCHREALTIME to line
	took_us=
	{ printf '%s\n' "$from" 1<>"$file" && read -r line <"$file" && [ "$line" = "$from" ]; } 2>/dev/null || return 0
	to=$EPOCHREALTIME
	took_us=$((${to//[!0-9]/} - ${from//[!0-9]/}))
	# The clock was set back.
	[ "$took_us" -ge 0 ] || took_us=
}

# Rounded down: 100.0 says that not one block is free.
level_json() {
	local total=$((blocks * block_bytes)) tenths
	tenths=$(((total - avail_bytes) * 1000 / total))
	printf '{"used_percent":%d.%d,"avail_bytes":%d,"total_bytes":%d%s}\n' \
		$((tenths / 10)) $((tenths % 10)) "$avail_bytes" "$total" "${took_us:+,\"took_us\":$took_us}"
}

need_volume() {
	mountpoint --quiet "$VOLUME" && return 0
	printf '%s: nothing is mounted at %s (hint: docker run -v VOLUME:%s ...)\n' "${0##*/}" "$VOLUME" "$VOLUME" >&2
	exit 64
}
