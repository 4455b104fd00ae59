#!/usr/bin/env bash
# Provides the base image of every Dockerfile here, debian:bookworm-slim.
# Present: nothing to do. Else it is pulled; where no registry answers, it is made with
# debootstrap from this machine's own apt sources, trimmed as the slim image is.
set -euo pipefail

readonly IMAGE=debian:bookworm-slim
readonly SUITE=bookworm
readonly PULL_SECONDS=60
readonly DEFAULT_MIRROR=http://deb.debian.org/debian
readonly DEFAULT_SECURITY=http://deb.debian.org/debian-security
readonly KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

work=

say() { printf 'base image: %s\n' "$*"; }

fail() {
	printf 'base image: %s (hint: %s)\n' "$1" "$2" >&2
	exit 1
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		fail "no registry answers, and root is needed for: $*" "install sudo, or run this script as root"
	fi
}

present() { docker image inspect "$IMAGE" >/dev/null 2>&1; }

remove_work() {
	[ -n "$work" ] || return 0
	local mounted
	while read -r _ mounted _; do
		case $mounted in "$work"/*) as_root umount -l "$mounted" || true ;; esac
	done </proc/mounts
	as_root rm -rf --one-file-system -- "$work"
}

pull() {
	say "pulling $IMAGE (at most $PULL_SECONDS s)"
	timeout "$PULL_SECONDS" docker pull --quiet "$IMAGE" >/dev/null 2>&1 </dev/null
}

# The host's Debian package sources as lines "URI suite component", read by apt itself,
# which knows one-line .list and deb822 .sources files alike. Empty where the host is not Debian.
host_sources() {
	local id
	# shellcheck source=/dev/null
	id=$(. /etc/os-release && printf '%s' "${ID:-}")
	[ "$id" = debian ] || return 0
	# shellcheck disable=SC2016  # the fields are apt's, not the shell's
	apt-get indextargets --no-release-info \
		--format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(TARGET_OF)' 'Identifier: Packages' |
		awk '$4 == "deb" && $3 == "main" { print $1, $2, $3 }' | sort -u
}

# A host of another release has the same repositories under other suite names.
bookworm_name() {
	case $1 in
	*-security | */updates) printf '%s-security' "$SUITE" ;;
	*-backports* | *-proposed* | *experimental | rc-buggy) ;;
	*-updates) printf '%s-updates' "$SUITE" ;;
	*/* | *-*) ;;
	*) printf '%s' "$SUITE" ;;
	esac
}

# apt's mirror lists (mirror+file:) are a file of addresses; only http and https serve here.
usable_uri() {
	local uri=${1%/} list
	case $uri in
	mirror+file:*)
		list=${uri#mirror+file:}
		uri=$(awk '/^https?:/ { print $1; exit }' "/${list##+(/)}" 2>/dev/null || true)
		;;
	esac
	case $uri in http://* | https://*) printf '%s' "${uri%/}" ;; esac
}

# Lines "URI suite" for the image's own sources; the plain suite comes first.
image_sources() {
	local uri release name found
	found=$(host_sources | while read -r uri release _; do
		name=$(bookworm_name "$release")
		uri=$(usable_uri "$uri")
		if [ -n "$name" ] && [ -n "$uri" ]; then printf '%s %s\n' "$uri" "$name"; fi
	done | sort -u)
	if ! grep -q " $SUITE\$" <<<"$found"; then
		found=$(printf '%s\n' "$DEFAULT_MIRROR $SUITE" "$DEFAULT_MIRROR $SUITE-updates" \
			"$DEFAULT_SECURITY $SUITE-security")
	fi
	sort -k2 <<<"$found"
}

need_debootstrap() {
	local missing=()
	command -v debootstrap >/dev/null || missing+=(debootstrap)
	[ -e "$KEYRING" ] || missing+=(debian-archive-keyring)
	[ ${#missing[@]} -gt 0 ] || return 0
	command -v apt-get >/dev/null ||
		fail "no registry answers and this system has no apt-get to install debootstrap" \
			"bring the image by hand: docker load, or docker pull $IMAGE through a registry"
	say "installing ${missing[*]}"
	{
		as_root apt-get update -qq &&
			as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
	} >/dev/null </dev/null || fail "no registry answers, and apt-get could not install ${missing[*]}" \
		"check the network; one of the two must answer"
}

bootstrap() {
	local root=$1 mirror=$2 proxy
	proxy=$(apt-config dump Acquire::http::Proxy | sed -n 's/^Acquire::http::Proxy "\(.*\)";$/\1/p')
	as_root env ${proxy:+http_proxy="$proxy"} \
		debootstrap --variant=minbase --keyring="$KEYRING" "$SUITE" "$root" "$mirror" \
		>"$work/debootstrap.log" 2>&1 </dev/null || {
		tail -n 5 "$work/debootstrap.log" >&2
		fail "debootstrap could not make $SUITE from $mirror" \
			"check that the mirror answers, or docker pull $IMAGE where a registry does"
	}
}

put() { as_root tee "$1" >/dev/null; }

write_apt_settings() {
	local root=$1 sources=$2
	while read -r uri suite; do
		printf 'deb %s %s main\n' "$uri" "$suite"
	done <<<"$sources" | put "$root/etc/apt/sources.list"
	# A host that reads a frozen mirror has switched the date checks off; its image must too.
	apt-config dump | grep -E '^Acquire::(Check-Valid-Until|Check-Date|https?::Proxy) ' |
		put "$root/etc/apt/apt.conf.d/90host" || true
	put "$root/etc/apt/apt.conf.d/90slim" <<-'CONF'
		Acquire::Languages "none";
		Acquire::GzipIndexes "true";
		Apt::AutoRemove::SuggestsImportant "false";
		DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb || true"; };
		Dir::Cache::pkgcache "";
		Dir::Cache::srcpkgcache "";
	CONF
}

write_dpkg_settings() {
	local root=$1
	put "$root/etc/dpkg/dpkg.cfg.d/90slim" <<-'CONF'
		force-unsafe-io
		path-exclude /usr/share/doc/*
		path-include /usr/share/doc/*/copyright
		path-exclude /usr/share/man/*
		path-exclude /usr/share/info/*
		path-exclude /usr/share/groff/*
		path-exclude /usr/share/lintian/*
		path-exclude /usr/share/linda/*
		path-exclude /usr/share/locale/*
		path-include /usr/share/locale/locale.alias
	CONF
	# Package installation in an image build must not start services.
	printf '#!/bin/sh\nexit 101\n' | put "$root/usr/sbin/policy-rc.d"
	as_root chmod 755 "$root/usr/sbin/policy-rc.d"
}

trim() {
	local root=$1 dir
	as_root find "$root/usr/share/doc" -mindepth 1 -not -type d -not -name copyright -delete
	as_root find "$root/usr/share/doc" -mindepth 1 -type d -empty -delete
	as_root find "$root/usr/share/locale" -mindepth 1 -maxdepth 1 -type d -exec rm -rf {} +
	for dir in usr/share/man usr/share/info usr/share/groff usr/share/lintian usr/share/linda \
		var/lib/apt/lists var/cache/apt var/log tmp run dev; do
		[ -d "$root/$dir" ] || continue
		as_root find "$root/$dir" -mindepth 1 -delete
	done
	as_root mkdir -p "$root/var/lib/apt/lists/partial" "$root/var/cache/apt/archives/partial"
	as_root rm -f "$root/etc/hostname" "$root/etc/resolv.conf" "$root/etc/machine-id"
	as_root touch "$root/etc/machine-id"
}

import() {
	local root=$1 mirror=$2
	if present; then return 0; fi
	as_root tar --numeric-owner -C "$root" -c . | docker import \
		--change 'CMD ["bash"]' \
		--change "LABEL wwchaos.made-by=\"debootstrap --variant=minbase $SUITE $mirror, $(date -u +%F)\"" \
		- "$IMAGE" >/dev/null
}

make_image() {
	need_debootstrap
	local sources mirror
	sources=$(image_sources)
	mirror=${sources%%" $SUITE"*}
	work=$(mktemp -d /var/tmp/wwchaos-base.XXXXXX)
	say "no registry answers; making $IMAGE with debootstrap from $mirror (about a minute)"
	bootstrap "$work/root" "$mirror"
	write_apt_settings "$work/root" "$sources"
	write_dpkg_settings "$work/root"
	trim "$work/root"
	import "$work/root" "$mirror"
}

main() {
	docker version >/dev/null 2>&1 ||
		fail "the Docker engine does not answer" "start it, or run: make setup"
	if present; then return 0; fi
	shopt -s extglob
	trap remove_work EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	if pull; then
		say "$IMAGE pulled"
	else
		make_image
		say "$IMAGE made"
	fi
}

main "$@"
