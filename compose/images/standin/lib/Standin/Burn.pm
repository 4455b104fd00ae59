package Standin::Burn;

# Uses up processor time, in place of work that is not copied.

use Mojo::Base 'Exporter', -signatures;

use Time::HiRes qw(clock_gettime CLOCK_PROCESS_CPUTIME_ID);

our @EXPORT_OK = qw(burn_cpu burn_cpu_until);

# Uses so much CPU time.
sub burn_cpu ($milliseconds) {
    return burn_cpu_until(_used() + $milliseconds);
}

# Computes until this process has used so much CPU time in its life.
sub burn_cpu_until ($milliseconds) {
    my $sum = 0;
    while (_used() < $milliseconds) {
        $sum += sqrt $_ for 1 .. 1000;
    }
    return;
}

sub _used { return clock_gettime(CLOCK_PROCESS_CPUTIME_ID) * 1000 }

1;
