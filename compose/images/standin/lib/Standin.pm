package Standin;

# A stand-in for WeBWorK: the same server, process model, driver and session mechanism,
# the same addresses, fields, tables and order of statements, in pages of its own.

use Mojo::Base 'Mojolicious', -signatures;

use Mojo::IOLoop;
use Standin::Authentication;
use Standin::Course;
use Standin::Database;
use Standin::Log qw(append_line);
use Standin::Session;
use Standin::Settings;

has settings => sub { Standin::Settings->new };

sub startup ($self) {
    my $settings = $self->settings;
    $self->secrets([ $settings->cookie_secret ]);
    $self->sessions(Standin::Session->new);
    $self->defaults(layout => 'page', banner => $settings->banner, title => 'WeBWorK stand-in');
    $self->config(hypnotoad => $self->_server);
    $self->_name_processes;
    $self->_add_helpers;
    $self->_add_hooks;
    $self->_add_routes;
    $self->log->info($settings->banner);
}

# WeBWorK's own figures, apart from the number of workers.
sub _server ($self) {
    return {
        listen             => ['http://*:8080'],
        pid_file           => '/run/webwork2/webwork2.pid',
        workers            => $self->settings->workers,
        spare              => 2,
        clients            => 1,
        accepts            => 100,
        requests           => 50,
        keep_alive_timeout => 15,
        heartbeat_timeout  => 60,
        graceful_timeout   => 120,
    };
}

# Names that `ps` and the kernel's messages about killed processes show; renders name
# themselves.
sub _name_processes ($self) {
    $self->hook(before_server_start => sub { $0 = 'standin-manager' });
    Mojo::IOLoop->next_tick(sub { $0 = 'standin-worker' });
}

# One of each per request.
sub _add_helpers ($self) {
    my $settings = $self->settings;
    $self->helper(settings => sub ($c) { $settings });
    $self->helper(
        course => sub ($c) {
            return $c->stash->{'standin.course'}
                //= Standin::Course->new(id => $c->stash('course_id'), root => $settings->courses);
        }
    );
    $self->helper(
        db => sub ($c) {
            return $c->stash->{'standin.db'}
                //= Standin::Database->new(course => $c->stash('course_id'), settings => $settings->database);
        }
    );
    $self->helper(
        authentication => sub ($c) {
            return $c->stash->{'standin.authentication'}
                //= Standin::Authentication->new(c => $c, db => $c->db, course => $c->course);
        }
    );
    $self->helper(page_warnings => sub ($c) { $c->stash->{'standin.warnings'} //= [] });
    $self->helper(note_warning  => sub ($c, @texts) { push @{ $c->page_warnings }, @texts });
}

sub _add_hooks ($self) {
    my $timing_log = $self->settings->logs . '/timing.log';
    my $profile    = $self->settings->profile;
    $self->hook(
        before_dispatch => sub ($c) {
            $c->res->headers->header('X-Standin' => $profile);
            $c->timing->begin('request');
        }
    );
    $self->hook(
        after_dispatch => sub ($c) {
            my $seconds = $c->timing->elapsed('request') // 0;
            my $path    = $c->req->url->path;
            my $warning = append_line($timing_log, sprintf '%d %d - %s [runTime = %.3f sec]', $$, time, $path, $seconds);
            $c->log->warn($warning) if $warning;
        }
    );
}

sub _add_routes ($self) {
    my $routes = $self->routes;
    $routes->namespaces(['Standin']);
    $routes->add_type(identifier => qr/[A-Za-z0-9_-]+/);
    $routes->get('/')->to('pages#front');
    $routes->get('/webwork2')->to('pages#courses');

    my $course = $routes->under('/webwork2/<course_id:identifier>')->to('pages#enter');
    $course->any([ 'GET', 'POST' ] => '/')->to('pages#set_list');
    $course->any([ 'GET', 'POST' ] => '/logout')->to('pages#logout');
    $course->any([ 'GET', 'POST' ] => '/test_mode/#set_id')->to('pages#test');
    $course->any([ 'GET', 'POST' ] => '/#set_id')->to('pages#set');
    $course->any([ 'GET', 'POST' ] => '/#set_id/<problem_id:num>')->to('pages#problem');
}

1;
