package Standin::Course;

# A course on the shared volume: its directory, course.conf and problem files. Nothing
# is cached: every request and every render reads the volume again.

use Mojo::Base -base, -signatures;

use Mojo::File qw(path);

has [qw(id root)];
has directory => sub ($self) { path($self->root, $self->id) };

# Whole numbers written as `$name = 1800;`, in seconds.
has conf => sub ($self) {
    my $text = $self->directory->child('course.conf')->slurp;
    return { $text =~ /^\$(\w+)\s*=\s*(\d+);/mg };
};

sub exists ($self) { return -d $self->directory }

sub session_timeout ($self) { return $self->conf->{sessionTimeout} // 1800 }
sub grace_period ($self)    { return $self->conf->{gatewayGracePeriod} // 120 }

sub log_file ($self, $name) { return $self->directory->child('logs', $name) }

sub source ($self, $source_file) {
    return $self->directory->child('templates', $source_file)->slurp;
}

1;
