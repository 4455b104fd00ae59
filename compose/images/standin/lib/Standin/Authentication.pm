package Standin::Authentication;

# Who sends this request. The cookie carries user and key; the table `<course>_key`
# holds one row per user, deleted and inserted again by every authenticated request.

use Mojo::Base -base, -signatures;

use Mojo::Util qw(secure_compare);
use Standin::Log qw(append_line);

has [qw(c db course)];
has [qw(user_id key refusal)];

my @KEY_LETTERS = ('a' .. 'z', 'A' .. 'Z', 0 .. 9);

# True when the request comes from a student; else `refusal` says why, if there is a reason to tell.
sub verify ($self) {
    my $form = $self->c->req->params->to_hash;
    # WeBWorK looks at no password where a cookie says who it is.
    my $known
        = defined $form->{user} && defined $form->{passwd} && !$self->c->session->{key}
        ? $self->_verify_password($form->{user}, $form->{passwd})
        : $self->_verify_session;
    return 0 unless $known;

    $self->db->count(user => (user_id => $self->user_id));
    return defined $self->db->get(permission => (user_id => $self->user_id));
}

# Runs when the page is complete. A database that cannot store the row loses the
# session and not the page: the next request meets the login form.
sub store_session ($self) {
    my $now = time;
    eval {
        $self->db->delete(key => (user_id => $self->user_id));
        $self->db->count(user => (user_id => $self->user_id));
        $self->db->insert(
            key => (user_id => $self->user_id, key => $self->key, timestamp => $now, session => '{}'));
        1;
    } or $self->c->log->error("session of @{[ $self->user_id ]} not stored: $@");

    my $session = $self->c->session;
    @{$session}{qw(user_id key timestamp)} = ($self->user_id, $self->key, $now);
    $session->{expiration} = $self->course->session_timeout;
    return;
}

sub end_session ($self) {
    $self->_log_login('LOGGED OUT', 'cookie');
    return $self->drop_session;
}

# Whoever is refused loses the session: a wrong password ends one that goes on in another browser, and the browser whose
# key was replaced by a second login ends that one too.
sub drop_session ($self) {
    my $user_id = $self->user_id;
    eval { $self->db->delete(key => (user_id => $user_id)); 1 } or $self->c->log->error("session not deleted: $@")
        if defined $user_id;
    $self->c->session(expires => 1);
    return;
}

# A second login replaces the key, which ends the first session.
sub _verify_password ($self, $user_id, $password) {
    $self->user_id($user_id);
    my $db     = $self->db;
    my $user   = $db->get(user => (user_id => $user_id));
    $db->get(key => (user_id => $user_id));
    my $stored = $db->get(password => (user_id => $user_id));
    return $self->_refuse_login unless $user && $stored && _matches($password, $stored->{password});

    $self->_log_login('AUTH WWDB: password accepted', 'params');
    $self->key(join '', map { $KEY_LETTERS[ rand @KEY_LETTERS ] } 1 .. 32);
    $db->get(user => (user_id => $user_id));
    $db->count(user => (user_id => $user_id));
    $db->get(permission => (user_id => $user_id));
    $self->_log_login('LOGIN OK', 'params');
    return 1;
}

sub _refuse_login ($self) {
    $self->_log_login($_, 'params') for 'AUTH WWDB: password rejected', 'LOGIN FAILED authentication failed';
    $self->refusal('Invalid user ID or password.');
    return 0;
}

sub _verify_session ($self) {
    my $session = $self->c->session;
    my $user_id = $session->{user_id} // return 0;
    $self->user_id($user_id);
    my $user = $self->db->get(user => (user_id => $user_id));
    my $row  = $self->db->get(key  => (user_id => $user_id));
    return 0 unless $user && $row && secure_compare($row->{key}, $session->{key} // '');

    if ($row->{timestamp} + $self->course->session_timeout < time) {
        $self->refusal('Your session has timed out due to inactivity. Please log in again.');
        return 0;
    }
    $self->key($row->{key});
    return 1;
}

# WeBWorK's line: who, by what, and from where, which is the balancer where one stands before it.
sub _log_login ($self, $message, $source) {
    my $tx   = $self->c->tx;
    my $line = join ' ', $message, 'user_id=' . ($self->user_id // ''), 'login_type=normal', "credential_source=$source",
        'host=' . ($tx->remote_address || 'UNKNOWN'), 'port=' . ($tx->remote_port || 'UNKNOWN'),
        'UA=' . ($tx->req->headers->user_agent // '');
    $self->c->note_warning(append_line($self->course->log_file('login.log'), $line));
    return;
}

sub _matches ($typed, $stored) {
    return secure_compare(crypt($typed, $stored) // '', $stored);
}

1;
