package Standin::Settings;

# Turns the environment into settings; every bad value is one clear message.

use Mojo::Base -base, -signatures;

# page_cpu_ms: CPU time that is added to a page of a course. render_cpu_ms, render_memory_mb: CPU time and private memory of
# the process that renders one problem, all its work included; its fork and exit, about 5 ms, come on top.
my %PROFILES = (
    class => { page_cpu_ms => 0,  render_cpu_ms => 4,   render_memory_mb => 3 },
    real  => { page_cpu_ms => 30, render_cpu_ms => 145, render_memory_mb => 28 },
);

has courses => sub { $ENV{STANDIN_COURSES} || '/opt/webwork/courses' };
has logs    => sub { $ENV{STANDIN_LOGS}    || '/opt/webwork/webwork2/logs' };

has database => sub {
    return {
        host     => _required('STANDIN_DB_HOST'),
        name     => $ENV{STANDIN_DB_NAME} || 'webwork',
        user     => $ENV{STANDIN_DB_USER} || 'webworkWrite',
        password => _required('STANDIN_DB_PASSWORD'),
    };
};

has cookie_secret    => sub { _required('STANDIN_COOKIE_SECRET') };
has student_password => sub { _required('STANDIN_STUDENT_PASSWORD') };
has workers          => sub { _whole_number('STANDIN_WORKERS', 4) };
has engine           => sub { _one_of('STANDIN_ENGINE', 'myisam', 'innodb') };
has base_profile     => sub { _one_of('STANDIN_PROFILE', 'class', 'real') };

# STANDIN_PAGE_CPU_MS and so on.
for my $cost (keys %{ $PROFILES{class} }) {
    has $cost => sub ($self) { _whole_number('STANDIN_' . uc $cost, $PROFILES{ $self->base_profile }{$cost}) };
}

# The name that stands on every page; `custom` when a single value was overridden.
has profile => sub ($self) {
    my $base = $PROFILES{ $self->base_profile };
    my @changed = grep { $self->$_ != $base->{$_} } keys %$base;
    return @changed ? 'custom' : $self->base_profile;
};

sub banner ($self) {
    return sprintf 'stand-in for WeBWorK, profile %s: %d CPU-ms per page, %d CPU-ms and %d MB per rendered problem',
        $self->profile, $self->page_cpu_ms, $self->render_cpu_ms, $self->render_memory_mb;
}

sub _required ($name) {
    return $ENV{$name} || die "$name is not set\n";
}

sub _whole_number ($name, $default) {
    my $value = $ENV{$name} // '';
    return $default if $value eq '';
    die "$name must be a whole number, not '$value'\n" unless $value =~ /\A\d+\z/;
    return $value;
}

# The first choice is the default.
sub _one_of ($name, @choices) {
    my $value = $ENV{$name} || $choices[0];
    return $value if grep { $_ eq $value } @choices;
    die "$name must be one of @choices, not '$value'\n";
}

1;
