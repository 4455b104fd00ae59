package Standin::Session;

# Mojolicious' signed session cookie, one per course.

use Mojo::Base 'Mojolicious::Sessions', -signatures;

use Mojo::JSON qw(encode_json);

has cookie_path => '/webwork2';

# Without the filling that newer releases of Mojolicious add.
has serialize => sub { \&encode_json };

sub load ($self, $c) {
    $self->_choose_cookie($c);
    return $self->SUPER::load($c);
}

sub store ($self, $c) {
    $self->_choose_cookie($c);
    return $self->SUPER::store($c);
}

# A worker has one client, so one request at a time uses this object.
sub _choose_cookie ($self, $c) {
    $self->cookie_name('WeBWorKCourseSession.' . ($c->stash('course_id') // ''));
    return;
}

1;
