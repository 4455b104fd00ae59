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

has_table() { nft list tables | grep -qx "table inet $TABLE"; }

has_discipline() { tc qdisc show dev "$1" | grep -qE '^qdisc (netem|tbf) 4711:'; }

# Says what there is of ours.
look_for_rules() {
	local interface
	if has_table; then echo "rules of nftables"; fi
	for interface in $(interfaces); do
		if has_discipline "$interface"; then echo "a queueing discipline on $interface"; fi
		if delay_rule -C "$interface" 2>/dev/null; then echo "a rule for NFQUEUE on $interface"; fi
	done
}

# Removes every rule of ours; nothing to do where there is none.
clear_rules() {
	local interface
	if has_table; then nft delete table inet $TABLE; fi
	for interface in $(interfaces); do
		if has_discipline "$interface"; then tc qdisc del dev "$interface" root; fi
		while delay_rule -C "$interface" 2>/dev/null; do delay_rule -D "$interface"; done
	done
}
