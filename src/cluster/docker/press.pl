# Uses up the memory of its own container, so that the kernel kills a process of the app and not this one.
#
#   perl -e SCRIPT press VICTIM SERVER SECONDS   until SECONDS have passed or standard input closes
#   perl -e SCRIPT kill-server SERVER            SIGKILL to every process of the server
#   perl -e SCRIPT kill-one VICTIM SERVER        SIGKILL to one of them
#   perl -e SCRIPT stop all|manager|worker SERVER   SIGSTOP to every process of the server, to the manager, or to one worker
#   perl -e SCRIPT continue SERVER               SIGCONT to every process of the server
#
# VICTIM is worker, render or manager. SERVER is an expression for the command line of the server's processes:
# the manager is the one whose parent does not match, workers are its children, renders are theirs.
#
# press keeps the free memory at about FREE with ballast, and every PACE seconds gives one victim the highest
# oom_score_adj and asks for more than is left, in a child, until the kernel's counter rises. A worker that
# renders is preferred: it is the one that asks for memory. The victim is stopped meanwhile, so that one that is
# gone was killed and did not end by itself. Prints one JSON line for each kill, and once a second the counter and
# the least memory that was free since.
#
# The app itself runs out of memory too, between two attacks. So that the kernel then chooses the right kind as
# well, every process of that kind has a raised oom_score_adj all the time; the children that it forks inherit it
# and are put right every LOOK seconds.
#
# The ballast is a file in memory, which is charged to the group and to no process: held by this process, it
# would make this process the largest, which the kernel kills when the app asks for memory between two attacks.
use strict;
use warnings;
use POSIX qw(uname);
use Time::HiRes qw(sleep time);

use constant { MIB => 1 << 20, FREE => 32, PACE => 0.7, PATIENCE => 0.5, TICK => 0.01, LOOK => 0.05, PULSE => 64 };

sub slurp { my ($path) = @_; open(my $in, '<', $path) or return ''; local $/; my $text = <$in>; return $text // '' }

my $v2 = -e '/sys/fs/cgroup/memory.max';
my $group = $v2 ? '/sys/fs/cgroup' : '/sys/fs/cgroup/memory';

sub kills { return slurp($v2 ? "$group/memory.events" : "$group/memory.oom_control") =~ /^oom_kill (\d+)/m ? $1 : 0 }

sub limit { my $text = slurp($v2 ? "$group/memory.max" : "$group/memory.limit_in_bytes"); return $text =~ /(\d+)/ ? $1 : 0 }

# What cannot be reclaimed: use without the page cache, but with files that live in memory.
sub used {
	my $all = slurp($v2 ? "$group/memory.current" : "$group/memory.usage_in_bytes");
	my $stat = slurp("$group/memory.stat");
	my ($cache) = $stat =~ ($v2 ? qr/^file (\d+)/m : qr/^total_cache (\d+)/m);
	my ($in_memory) = $stat =~ ($v2 ? qr/^shmem (\d+)/m : qr/^total_shmem (\d+)/m);
	return ($all =~ /(\d+)/ ? $1 : 0) - ($cache // 0) + ($in_memory // 0);
}

my %MEMFD_CREATE = (x86_64 => 319, aarch64 => 279, riscv64 => 279, ppc64le => 360, s390x => 350);

sub ballast {
	my $machine = (uname)[4];
	my $number = $MEMFD_CREATE{$machine} // die "memfd_create is not known on $machine\n";
	my $fd = syscall($number, my $name = 'ballast', 0);
	die "memfd_create: $!\n" if $fd < 0;
	open(my $file, '+>&=', $fd) or die "ballast: $!\n";
	return $file;
}

sub resize {
	my ($file, $bytes) = @_;
	my $size = -s $file;
	if ($bytes < 0) { truncate $file, $size + $bytes if $size + $bytes >= 0; return }
	sysseek $file, $size, 0;
	syswrite $file, "\0" x $bytes;
}

# A worker whose manager is gone keeps its kind.
my %kind_of;

# Processes of the server as [pid, kind, name, whether it has children].
sub processes {
	my ($server) = @_;
	my (%parent, %name);
	for my $pid (map { m{/(\d+)$} } glob '/proc/[0-9]*') {
		next if $pid == $$;
		my $line = slurp("/proc/$pid/cmdline") =~ s/\0+\z//r =~ tr/\0/ /r;
		next unless $line =~ /$server/;
		next unless slurp("/proc/$pid/stat") =~ /^\d+ \((.*)\) (\S) (\d+)/s;
		next if $2 eq 'Z';
		($parent{$pid}, $name{$pid}) = ($3, $1);
	}
	my $depth; $depth = sub { my ($pid) = @_; return exists $parent{$pid} ? 1 + $depth->($parent{$pid}) : 0 };
	my %kind = (1 => 'manager', 2 => 'worker');
	my %busy = map { $_ => 1 } values %parent;
	%kind_of = map { $_ => $kind_of{$_} // $kind{ $depth->($_) } // 'render' } keys %parent;
	return map { [$_, $kind_of{$_}, $name{$_}, $busy{$_}] } sort { $a <=> $b } keys %parent;
}

sub adjust { my ($pid, $value) = @_; open(my $out, '>', "/proc/$pid/oom_score_adj") or return; print {$out} $value; close $out }

# Whom the kernel is to choose first: the chosen one, then its kind. A render that was just forked has its worker's
# score; where renders are the victims, it is above the manager's from the start.
my %SCORES = (
	worker => { worker => 400 },
	render => { render => 400, worker => 200 },
	manager => { manager => 400 },
);

sub prefer {
	my ($victim, $chosen, @found) = @_;
	adjust($_->[0], $_->[0] == $chosen ? 1000 : $SCORES{$victim}{ $_->[1] } // 0) for @found;
}

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

sub gone { my ($pid) = @_; return slurp("/proc/$pid/stat") !~ /\) [^ZX]/ }

sub attack {
	my ($victim, $server) = @_;
	my (@found, @choice, %known);
	for (my $until = time + PATIENCE; time < $until; sleep TICK) {
		@found = processes($server);
		@choice = grep { $_->[1] eq $victim } @found;
		my @busy = grep { $_->[3] } @choice;
		@choice = @busy if @busy;
		# One that was forked just now may not have its own name yet.
		my @settled = grep { $known{ $_->[0] } } @choice;
		if (@settled && (@busy || $victim ne 'worker')) { @choice = @settled; last }
		%known = map { $_->[0] => 1 } @found;
	}
	return 0 unless @choice;
	my $chosen = $choice[ rand @choice ];
	kill STOP => $chosen->[0] or return 0;
	return 0 if gone($chosen->[0]);
	prefer($victim, $chosen->[0], @found);
	my $before = kills();
	my $own = pulse($before);
	my $after = kills();
	for (1 .. 25) { last if $after == $before || gone($chosen->[0]); sleep TICK }
	my $gone = gone($chosen->[0]);
	kill CONT => $chosen->[0] unless $gone;
	return 0 if $after == $before;
	my ($pid, $kind, $name) = $gone ? @$chosen : $own ? (0, 'hog', 'perl') : (0, 'other', '');
	say_json('{"kills":%d,"pid":%d,"process":"%s","command":"%s"}', $after, $pid, $kind, $name =~ s/[^\w.:\/ -]//gr);
	return 1;
}

sub press {
	my ($victim, $server, $seconds) = @_;
	my ($end, $next, $look, $told, $least, $ballast) = (time + $seconds, 0, 0, 0, undef, ballast());
	while (time < $end) {
		my $bits = ''; vec($bits, 0, 1) = 1;
		if (select(my $ready = $bits, undef, undef, TICK)) { last unless sysread STDIN, my $skip, 4096 }
		my $free = (limit() - used()) / MIB;
		resize($ballast, $free > FREE + 4 ? 4 * MIB : $free > FREE ? MIB : $free < FREE / 2 ? -MIB : 0);
		$least = $free if !defined $least || $free < $least;
		if (time >= $told) {
			say_json('{"kills":%d,"free_mib":%.1f}', kills(), $least);
			($told, $least) = (time + 1, undef);
		}
		if (time >= $look) { prefer($victim, 0, processes($server)); $look = time + LOOK }
		next if $free > FREE + 4 || time < $next;
		$next = time + PACE if attack($victim, $server);
	}
}

# A worker is taken while it renders. A process that was forked just now may still count as its parent's kind, so one is
# taken when it was seen before.
sub kill_one {
	my ($victim, $server) = @_;
	my %known;
	for (my $until = time + 20; time < $until; sleep TICK) {
		my @found = processes($server);
		for my $one (grep { $known{ $_->[0] } && $_->[1] eq $victim && ($_->[3] || $victim ne 'worker') } @found) {
			return if kill KILL => $one->[0];
		}
		%known = map { $_->[0] => 1 } @found;
	}
	die "none was at work for 20 s\n";
}

# Those that are forked while the others are being stopped are found in the next round. A server of one process is its own manager.
sub stop {
	my ($which, $server) = @_;
	my %stopped;
	for (1 .. 20) {
		my @found = grep { !$stopped{ $_->[0] } && ($which eq 'all' || $_->[1] eq $which) } processes($server);
		@found = $found[ rand @found ] if @found && $which eq 'worker';
		for my $one (@found) { $stopped{ $one->[0] } = 1 if kill STOP => $one->[0] }
		return if %stopped && ($which eq 'worker' || !@found);
		sleep TICK;
	}
	die "no process of the kind $which matches $server\n" unless %stopped;
}

$| = 1;
my $verb = shift;
if ($verb eq 'press') { press(@ARGV) }
elsif ($verb eq 'kill-server') {
	my @found = processes($ARGV[0]) or die "no process matches $ARGV[0]\n";
	kill KILL => map { $_->[0] } @found;
}
elsif ($verb eq 'kill-one') { kill_one(@ARGV) }
elsif ($verb eq 'stop') { stop(@ARGV) }
elsif ($verb eq 'continue') { kill CONT => map { $_->[0] } processes($ARGV[0]) }
else { die "unknown verb $verb\n" }
