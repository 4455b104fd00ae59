# shellcheck shell=bash
# Rules in the network namespace that this container is in.

readonly TABLE=wwchaos QUEUE=4711

# Every interface but the one to itself.
interfaces() { ip -o link show | sed -nE 's/^[0-9]+: ([^:@]+)[:@].*/\1/p' | grep -vx lo; }

# Puts the chains $1 (received) and $2 (sent), each some rules, into a table of our own, before all others.
filter() {
	nft -f - <<-RULES
		table inet $TABLE {
			chain received { type filter hook input priority -400; $1
			}
			chain sent { type filter hook output priority -400; $2
			}
		}
	RULES
}

delay_rule() { iptables-nft -t mangle "$1" POSTROUTING -o "$2" -j NFQUEUE --queue-num $QUEUE --queue-bypass; }

# Removes every rule of ours; nothing to do where there is none.
clear_rules() {
	local interface
	if nft list table inet $TABLE >/dev/null 2>&1; then nft delete table inet $TABLE; fi
	for interface in $(interfaces); do
		if tc qdisc show dev "$interface" | grep -qE '^qdisc (netem|tbf) 4711:'; then tc qdisc del dev "$interface" root; fi
		while delay_rule -C "$interface" 2>/dev/null; do delay_rule -D "$interface"; done
	done
}
