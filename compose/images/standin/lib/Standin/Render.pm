package Standin::Render;

# Renders problems, each in a forked process of its own, all at once; results come
# back through pipes. A process that dies, for whatever reason, leaves an error in
# place of its result.

use Mojo::Base -base, -signatures, -async_await;

use Mojo::IOLoop;
use Mojo::Promise;
use Standin::Burn qw(burn_cpu_until);
use Standin::Course;
use Standin::Problem;

has [qw(course cpu_ms memory_mb)];

# Each job is { source_file, seed, prefix, typed }; `typed` maps field names to answers.
async sub render ($self, @jobs) {
    return () unless @jobs;
    my @results = await Mojo::Promise->all(map { $self->_fork($_) } @jobs);
    return map { $_->[0] } @results;
}

sub _fork ($self, $job) {
    return Mojo::IOLoop->subprocess->run_p(sub { $self->_render($job) })->catch(sub ($error) { { error => "$error" } });
}

sub _render ($self, $job) {
    $0 = 'standin-render';
    my $memory = _touch_memory($self->memory_mb);

    my $course = Standin::Course->new(id => $self->course->id, root => $self->course->root);
    $course->conf;
    my $problem = Standin::Problem->new(source => $course->source($job->{source_file}), seed => $job->{seed});

    my @names = map { sprintf '%sAnSwEr%04d', $job->{prefix}, $_ } 1 .. @{ $problem->expected };
    my @typed = map { $job->{typed}{$_} // '' } @names;
    my @score = $problem->scores(@typed);
    # This process began at the fork.
    burn_cpu_until($self->cpu_ms);
    return {
        text    => $problem->text,
        answers => [ map { { name => $names[$_], typed => $typed[$_], score => $score[$_] } } keys @names ],
    };
}

# One string of that size: its pages are zeroed, so they are private to this process.
sub _touch_memory ($megabytes) {
    my $memory = '';
    vec($memory, $megabytes * 1024 * 1024, 8) = 1;
    return $memory;
}

1;
