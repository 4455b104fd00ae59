package Standin::Test;

# One version of a timed test of one student: started, turned over, previewed, graded, read.

use Mojo::Base -base, -signatures;

use List::Util qw(min);
use Standin::Answers qw(decode_answers encode_answers problem_score rounded total_of);
use Standin::Record;

# `set_id` is the test without the version, `log_directory` the node's own.
has [qw(db course user_id set_id log_directory log)];
has [qw(version set problems)];

# The page of the test that is looked at, from 1.
has page => 1;

has now      => sub {time};
has warnings => sub { [] };

sub version_id ($self) { return "@{[ $self->set_id ]},v@{[ $self->version ]}" }

# Chooses the version: the one asked for; else the newest one that can still be
# graded; else a new one. Returns what is wrong, or nothing.
#
# WeBWorK's layers each read the student, the set and the versions for themselves.
# Those statements are part of what a page costs a slow database, so they are sent
# here too, with their results unused.
sub load ($self, $asked_for = undef) {
    my ($db, $user_id, $set_id) = ($self->db, $self->user_id, $self->set_id);
    $db->get(user       => (user_id => $user_id));
    $db->get(permission => (user_id => $user_id));
    my $class_set = $db->merged_set($user_id, $set_id)
        // return "Requested set '$set_id' is not assigned to user $user_id.";
    my @versions  = $db->version_numbers($user_id, $set_id);

    $self->version($asked_for // $versions[-1]);
    my $newest = $self->version && $db->merged_set($user_id, $self->version_id);
    return "Requested version ($asked_for) of set '$set_id' is not assigned to user $user_id." if $asked_for && !$newest;

    return $self->_resume if $asked_for || $newest && $self->_can_grade_version($newest);
    return 'You have already taken all available versions of this test in the current time interval. '
        . 'You may take the test again after the time interval has expired.'
        if $class_set->{versions_per_interval} && @versions >= $class_set->{versions_per_interval};
    return "Requested set '$set_id' is not yet open." if $self->now < $class_set->{open_date};
    return 'This test is closed. No new test versions may be taken.' if $self->now > $class_set->{due_date};
    return $self->_start(($versions[-1] // 0) + 1);
}

sub attempts_used ($self) {
    my $first = $self->problems->[0];
    return ($first->{num_correct} // 0) + ($first->{num_incorrect} // 0);
}

sub attempts_left ($self) { return $self->set->{attempts_per_version} - $self->attempts_used }

# Why a submission would not be recorded now, or nothing.
sub refusal ($self) {
    my $set = $self->set;
    return 'Your score was not recorded because you have no attempts remaining on this set version.'
        if $self->attempts_left <= 0;
    return 'Your score was not recorded because you have exceeded the time limit for this test.'
        if $self->is_overtime;
    return;
}

sub score ($self) { return rounded(total_of(map { $_->{status} // 0 } @{ $self->problems })) }
sub total ($self) { return scalar @{ $self->problems } }
sub was_graded ($self) { return ($self->set->{version_last_attempt_time} // 0) > 0 }

# Why nothing more can be graded, where it is the time.
sub is_overtime ($self) { return $self->now > $self->set->{due_date} + $self->course->grace_period }

# Problems on one page, and pages; 0 and 1 for a test that has only one.
sub per_page ($self) { return $self->set->{problems_per_page} || 0 }

sub pages ($self) {
    my $per_page = $self->per_page or return 1;
    return int(($self->total + $per_page - 1) / $per_page);
}

# Indices of the problems of this page.
sub shown ($self) {
    my $per_page = $self->per_page or return keys @{ $self->problems };
    my ($first, $last) = (($self->page - 1) * $per_page, $self->total - 1);
    $first = 0 if $first < 0 || $first > $last;
    return $first .. min($first + $per_page - 1, $last);
}

# The fields of a problem's answers that its page hands on to the others: those of a form, or the stored ones.
sub handed_on ($self, $problem, $typed = undef) {
    my ($held, $prefix) = ($typed // decode_answers($problem->{last_answer}), _prefix($problem));
    return map { [ $_ => $held->{$_} ] } sort grep {/^(?!previous).*\Q$prefix\E/} keys %$held;
}

# What Standin::Render needs to know of the problems with these indices; without typed answers the stored ones are shown.
sub render_jobs ($self, $typed, @indices) {
    return map {
        {
            source_file => $_->{source_file},
            seed        => $_->{problem_seed},
            prefix      => _prefix($_),
            typed       => $typed // decode_answers($_->{last_answer}),
        }
    } @{ $self->problems }[@indices];
}

# Keeps the typed answers without grading them, and those of the other pages as the form hands them on: what it lacks is
# forgotten.
sub preview ($self, $typed) {
    my @stored = $self->_stored_problems;
    return if $self->refusal;
    for my $problem (@stored) {
        $self->db->put(problem_user => { %$problem, last_answer => encode_answers(_prefix($problem), $typed) });
    }
    return;
}

# Records one submission, statement by statement: a failure in the middle leaves
# what was written before it. A refused submission still leaves past answers.
# Returns the score of this submission.
sub grade ($self, $typed, @renders) {
    my @stored   = $self->_stored_problems;
    my $recorded = !$self->refusal;
    my $record   = Standin::Record->of($self);
    if ($recorded) {
        $record->score($stored[$_], _prefix($stored[$_]), $typed, $renders[$_]) for keys @stored;
    }
    $record->past_answer($stored[$_], $renders[$_]) for keys @stored;
    $self->_record_attempt_time if $recorded;
    return rounded(total_of(map { problem_score($_) } @renders));
}

# The instructor's comment on the newest answer to each problem of this page, by index.
sub comments ($self) {
    return map { $_ => Standin::Record->of($self)->comment($self->user_id, $self->problems->[$_]) } $self->shown;
}

sub _resume ($self) {
    my ($db, $user_id, $set_id) = ($self->db, $self->user_id, $self->set_id);
    $db->all(problem_user => (user_id => $user_id, set_id => $set_id));
    $self->set($db->merged_set($user_id, $self->version_id));
    $db->version_numbers($user_id, $set_id);
    $db->get(set_user => (user_id => $user_id, set_id => $self->version_id));
    return $self->_load_problems;
}

sub _start ($self, $version) {
    my ($db, $user_id, $set_id) = ($self->db, $self->user_id, $self->set_id);
    $self->version($version);
    $db->get(set => (set_id => $set_id));
    $db->all(problem_user => (user_id => $user_id, set_id => $set_id));
    $db->get(set_user => (user_id => $user_id, set_id => $set_id));
    $db->version_numbers($user_id, $set_id);

    eval { $self->_insert_version; 1 } or $self->log->error("version not created: $@");
    my $stored = $db->get(set_user => (user_id => $user_id, set_id => $self->version_id));
    return 'Unable to generate a valid test version.' unless $stored;

    my $class_set = $db->merged_set($user_id, $set_id);
    $self->set($db->merged_set($user_id, $self->version_id));
    $db->put(set_user => { %$stored, $self->_times_of_version($class_set) });
    $self->set({ %{ $self->set }, $self->_times_of_version($class_set) });
    return $self->_load_problems;
}

sub _insert_version ($self) {
    my ($db, $user_id, $set_id) = ($self->db, $self->user_id, $self->set_id);
    $db->count(set_user => (user_id => $user_id, set_id => $set_id));
    $db->insert(set_user => (user_id => $user_id, set_id => $self->version_id));
    for my $problem ($db->all(problem => (set_id => $set_id))) {
        $db->count(set_user => (user_id => $user_id, set_id => $self->version_id));
        $db->count(problem_user => (user_id => $user_id, set_id => $set_id, problem_id => $problem->{problem_id}));
        $db->insert(
            problem_user => (
                user_id       => $user_id,
                set_id        => $self->version_id,
                problem_id    => $problem->{problem_id},
                source_file   => $problem->{source_file},
                problem_seed  => int rand 5000,
                status        => 0,
                attempted     => 0,
                num_correct   => 0,
                num_incorrect => 0,
            )
        );
    }
    return;
}

sub _times_of_version ($self, $class_set) {
    my $due = $self->now + $class_set->{version_time_limit};
    return (
        open_date                 => $self->now,
        due_date                  => $due,
        answer_date               => $due,
        version_creation_time     => $self->now,
        version_last_attempt_time => 0,
    );
}

sub _load_problems ($self) {
    my @of_version = (user_id => $self->user_id, set_id => $self->version_id);
    $self->db->all(problem_user => @of_version);
    $self->problems([ $self->db->merged_problems($self->user_id, $self->version_id) ]);
    return;
}

sub _stored_problems ($self) {
    return $self->db->all(problem_user => (user_id => $self->user_id, set_id => $self->version_id));
}

sub _can_grade_version ($self, $set) {
    return 0 if $self->now > $set->{due_date} + $self->course->grace_period;
    return 1 unless $set->{version_last_attempt_time};
    my ($first) = $self->_stored_problems;
    return $first->{num_correct} + $first->{num_incorrect} < $set->{attempts_per_version};
}

sub _record_attempt_time ($self) {
    my $stored = $self->db->get(set_user => (user_id => $self->user_id, set_id => $self->version_id));
    $self->db->put(set_user => { %$stored, version_last_attempt_time => $self->now });
    return;
}

sub _prefix ($problem) { return sprintf 'Q%04d_', $problem->{problem_id} }

1;
