package Standin::Homework;

# One problem of a homework set of one student: looked at, previewed, submitted as often as one likes.

use Mojo::Base -base, -signatures;

use Standin::Answers qw(decode_answers problem_score);
use Standin::Record;

# `log_directory` is the node's own.
has [qw(db course user_id set_id problem_id log_directory)];
has [qw(set problem)];

has now      => sub {time};
has warnings => sub { [] };

# Reads set and problem. Returns what is wrong, or nothing.
#
# As in a test, statements whose results are not used are those of WeBWorK's layers.
sub load ($self) {
    my ($db, $user_id) = ($self->db, $self->user_id);
    $db->get(user => (user_id => $user_id));
    $self->set($db->merged_set($user_id, $self->set_id));
    $self->problem($db->merged_problem($user_id, $self->set_id, $self->problem_id)) or return 'This problem is not valid.';
    $db->get(permission => (user_id => $user_id)) for 1 .. 2;
    return "Requested set '@{[ $self->set_id ]}' is not yet open." if $self->now < $self->set->{open_date};
    return;
}

sub attempts ($self) { return ($self->problem->{num_correct} // 0) + ($self->problem->{num_incorrect} // 0) }

# A page that is older than the last attempt cannot be submitted: it was sent twice, or another page was sent since.
sub is_stale ($self, $typed) { return ($typed->{num_attempts} // '') ne $self->attempts }

sub render_job ($self, $typed) {
    return {
        source_file => $self->problem->{source_file},
        seed        => $self->problem->{problem_seed},
        prefix      => '',
        typed       => $typed // decode_answers($self->problem->{last_answer}),
    };
}

# Records one submission: the past answer first, then the score; the other way round than a test. Returns what the page says.
sub submit ($self, $typed, $render) {
    my $stored = $self->_stored;
    my $record = Standin::Record->of($self);
    $record->past_answer($self->problem, $render);
    return 'Your score was not recorded because this homework set is closed.' if $self->now > $self->set->{due_date};
    $record->score($stored, '', $typed, $render);
    $self->problem->{ problem_score($render) == 1 ? 'num_correct' : 'num_incorrect' }++;
    return 'Your score was recorded.';
}

# What a page that submits nothing reads of the student's row.
sub look ($self) { $self->_stored; return }

# The instructor's comment, and what WeBWorK's menus read besides.
sub comment ($self) {
    my ($db, $user_id, $set_id) = ($self->db, $self->user_id, $self->set_id);
    my %of_set  = (user_id => $user_id, set_id => $set_id);
    my $comment = Standin::Record->of($self)->comment_of($user_id, $self->problem);
    $db->get(permission => (user_id => $user_id));
    $db->get(set => (set_id => $set_id)), $db->get(user => (user_id => $user_id)) for 1 .. 2;
    $db->count(set_user     => %of_set);
    $db->count(problem_user => (%of_set, problem_id => $self->problem_id));
    $db->get(set => (set_id => $set_id));
    $db->merged_problem($user_id, $set_id, $self->problem_id);
    $db->get(set => (set_id => $set_id));
    $db->merged_set($user_id, $set_id);
    $db->all(problem_user => %of_set);
    $db->get(set        => (set_id  => $set_id));
    $db->get(permission => (user_id => $user_id));
    return $comment;
}

sub _stored ($self) {
    return $self->db->get(problem_user => map { $_ => $self->problem->{$_} } qw(user_id set_id problem_id));
}

1;
