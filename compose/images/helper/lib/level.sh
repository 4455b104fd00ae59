# shellcheck shell=bash
# The level of the file system mounted at /volume, read from the file system itself.

readonly VOLUME=/volume

# Sets block_bytes, blocks, avail_bytes. `avail` is what a process without privilege may still write.
measure() {
	local avail
	read -r block_bytes blocks avail < <(stat --file-system --format '%S %b %a' "$VOLUME")
	avail_bytes=$((avail * block_bytes))
}

# Rounded down: 100.0 says that not one block is free.
level_json() {
	local total=$((blocks * block_bytes)) tenths
	tenths=$(((total - avail_bytes) * 1000 / total))
	printf '{"used_percent":%d.%d,"avail_bytes":%d,"total_bytes":%d}\n' \
		$((tenths / 10)) $((tenths % 10)) "$avail_bytes" "$total"
}

need_volume() {
	mountpoint --quiet "$VOLUME" && return 0
	printf '%s: nothing is mounted at %s (hint: docker run -v VOLUME:%s ...)\n' "${0##*/}" "$VOLUME" "$VOLUME" >&2
	exit 64
}
