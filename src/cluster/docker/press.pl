# Uses up the memory of its own container, so that the kernel kills a process of the app and not this one.
#
#   perl -e SCRIPT press VICTIM SERVER SECONDS   until SECONDS have passed or standard input closes
#   perl -e SCRIPT kill-server SERVER            SIGKILL to every process of the server
#
# VICTIM is worker, render or manager. SERVER is an expression for the command line of the server's processes:
# the manager is the one whose parent does not match, workers are its children, renders are theirs.
#
# press keeps the free memory at about FREE with ballast, and every PACE seconds gives one victim the highest
# oom_score_adj and asks for more than is left, in a child, until the kernel's counter rises. A worker that
# renders is preferred: it is the one that asks for memory. Prints one JSON line for each kill and one for the
# counter at the start.
use strict;
use warnings;
use Time::HiRes qw(sleep time);

use constant { MIB => 1 << 20, FREE => 10, PACE => 0.7, PATIENCE => 0.5, TICK => 0.01, PULSE => 64 };

sub slurp { my ($path) = @_; open(my $in, '<', $path) or return ''; local $/; my $text = <$in>; return $text // '' }

my $v2 = -e '/sys/fs/cgroup/memory.max';
my $group = $v2 ? '/sys/fs/cgroup' : '/sys/fs/cgroup/memory';

sub kills { return slurp($v2 ? "$group/memory.events" : "$group/memory.oom_control") =~ /^oom_kill (\d+)/m ? $1 : 0 }

sub limit { my $text = slurp($v2 ? "$group/memory.max" : "$group/memory.limit_in_bytes"); return $text =~ /(\d+)/ ? $1 : 0 }

# What cannot be reclaimed: use without the page cache.
sub used {
	my $all = slurp($v2 ? "$group/memory.current" : "$group/memory.usage_in_bytes");
	my $cache = slurp("$group/memory.stat") =~ ($v2 ? qr/^file (\d+)/m : qr/^total_cache (\d+)/m) ? $1 : 0;
	return ($all =~ /(\d+)/ ? $1 : 0) - $cache;
}

# Processes of the server as [pid, kind, name, whether it has children].
sub processes {
	my ($server) = @_;
	my (%parent, %name);
	for my $pid (map { m{/(\d+)$} } glob '/proc/[0-9]*') {
		next if $pid == $$;
		my $line = slurp("/proc/$pid/cmdline") =~ tr/\0/ /r;
		next unless $line =~ /$server/;
		next unless slurp("/proc/$pid/stat") =~ /^\d+ \((.*)\) (\S) (\d+)/s;
		next if $2 eq 'Z';
		($parent{$pid}, $name{$pid}) = ($3, $1);
	}
	my $depth; $depth = sub { my ($pid) = @_; return exists $parent{$pid} ? 1 + $depth->($parent{$pid}) : 0 };
	my %kind = (1 => 'manager', 2 => 'worker');
	my %busy = map { $_ => 1 } values %parent;
	return map { [$_, $kind{ $depth->($_) } // 'render', $name{$_}, $busy{$_}] } sort { $a <=> $b } keys %parent;
}

sub adjust { my ($pid, $value) = @_; open(my $out, '>', "/proc/$pid/oom_score_adj") or return; print {$out} $value; close $out }

# Asks for memory in a child until the counter rises; true when the child itself was killed.
sub pulse {
	my ($before) = @_;
	my $child = fork // return 0;
	if (!$child) {
		my @more;
		for (1 .. PULSE) { push @more, 'x' x MIB; exit 0 if kills() > $before }
		exit 0;
	}
	waitpid $child, 0;
	return ($? & 127) == 9;
}

sub say_json { my ($format, @values) = @_; printf "$format\n", @values }

sub attack {
	my ($victim, $server) = @_;
	my (@found, @choice);
	for (my $until = time + PATIENCE; time < $until; sleep TICK) {
		@found = processes($server);
		@choice = grep { $_->[1] eq $victim } @found;
		my @busy = grep { $_->[3] } @choice;
		if (@busy || ($victim ne 'worker' && @choice)) { @choice = @busy if @busy; last }
	}
	return 0 unless @choice;
	my $chosen = $choice[ rand @choice ];
	adjust($_->[0], $_->[0] == $chosen->[0] ? 1000 : 0) for @found;
	my $before = kills();
	my $own = pulse($before);
	my $after = kills();
	return 0 if $after == $before;
	for (1 .. 25) { last unless -e "/proc/$chosen->[0]"; last if slurp("/proc/$chosen->[0]/stat") =~ /\) Z/; sleep TICK }
	my $gone = !-e "/proc/$chosen->[0]" || slurp("/proc/$chosen->[0]/stat") =~ /\) Z/;
	my ($pid, $kind, $name) = $gone ? @$chosen : $own ? (0, 'hog', 'perl') : (0, 'other', '');
	say_json('{"kills":%d,"pid":%d,"process":"%s","command":"%s"}', $after, $pid, $kind, $name =~ s/[^\w.:\/ -]//gr);
	return 1;
}

sub press {
	my ($victim, $server, $seconds) = @_;
	my ($end, $next, @ballast) = (time + $seconds, 0);
	say_json('{"kills":%d}', kills());
	while (time < $end) {
		my $bits = ''; vec($bits, 0, 1) = 1;
		if (select(my $ready = $bits, undef, undef, TICK)) { last unless sysread STDIN, my $skip, 4096 }
		my $free = (limit() - used()) / MIB;
		push @ballast, 'x' x MIB for 1 .. ($free > FREE + 4 ? 4 : $free > FREE ? 1 : 0);
		pop @ballast if $free < FREE / 2;
		next if $free > FREE + 4 || time < $next;
		$next = time + PACE if attack($victim, $server);
	}
}

$| = 1;
my $verb = shift;
if ($verb eq 'press') { press(@ARGV) }
elsif ($verb eq 'kill-server') { kill KILL => map { $_->[0] } processes($ARGV[0]) }
else { die "unknown verb $verb\n" }
