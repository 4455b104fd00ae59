package Standin::Log;

# Appends lines to log files the way WeBWorK does.

use Mojo::Base 'Exporter', -signatures;

use Fcntl qw(LOCK_EX);
use POSIX qw(strftime);

our @EXPORT_OK = qw(append_line);

# Returns a warning when the file cannot be opened. Errors of writing and closing are
# ignored on purpose: on a full disk WeBWorK's lines vanish without a word, and what
# the harness must find out is exactly that.
sub append_line ($file, $text, $time = time) {
    open my $log, '>>:encoding(UTF-8)', $file
        or return "failed to open $file for writing: $!";
    flock $log, LOCK_EX;
    print {$log} strftime('[%a %b %d %H:%M:%S %Y]', localtime $time), " $text\n";
    close $log;
    return;
}

1;
