package Standin::Test;

# One version of a timed test of one student: started, turned over, previewed, graded, read.

use Mojo::Base -base, -signatures;

use JSON::PP;
use List::Util qw(min);
use Standin::Log qw(append_line);

# `set_id` is the test without the version, `log_directory` the node's own.
has [qw(db course user_id set_id log_directory log)];
has [qw(version set problems)];

# The page of the test that is looked at, from 1.
has page => 1;

has now      => sub {time};
has warnings => sub { [] };

my $JSON = JSON::PP->new->allow_nonref;

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

sub score ($self) { return _round(_sum(map { $_->{status} // 0 } @{ $self->problems })) }
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
    my ($held, $prefix) = ($typed // _decode_answers($problem->{last_answer}), _prefix($problem));
    return map { [ $_ => $held->{$_} ] } sort grep {/^(?!previous).*\Q$prefix\E/} keys %$held;
}

# What Standin::Render needs to know of the problems with these indices; without typed answers the stored ones are shown.
sub render_jobs ($self, $typed, @indices) {
    return map {
        {
            source_file => $_->{source_file},
            seed        => $_->{problem_seed},
            prefix      => _prefix($_),
            typed       => $typed // _decode_answers($_->{last_answer}),
        }
    } @{ $self->problems }[@indices];
}

# Keeps the typed answers without grading them, and those of the other pages as the form hands them on: what it lacks is
# forgotten.
sub preview ($self, $typed) {
    my @stored = $self->_stored_problems;
    return if $self->refusal;
    for my $problem (@stored) {
        $self->db->put(problem_user => { %$problem, last_answer => _encode_answers(_prefix($problem), $typed) });
    }
    return;
}

# Records one submission, statement by statement: a failure in the middle leaves
# what was written before it. A refused submission still leaves past answers.
# Returns the score of this submission.
sub grade ($self, $typed, @renders) {
    my @stored   = $self->_stored_problems;
    my $recorded = !$self->refusal;
    if ($recorded) {
        $self->_record_problem($stored[$_], $typed, $renders[$_]) for keys @stored;
    }
    $self->_record_past_answer($stored[$_], $renders[$_]) for keys @stored;
    $self->_record_attempt_time if $recorded;
    return _round(_sum(map { _problem_score($_) } @renders));
}

# The instructor's comment on the newest answer to each problem of this page, by index.
sub comments ($self) {
    return map { $_ => $self->_comment($self->problems->[$_]) } $self->shown;
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

sub _record_problem ($self, $problem, $typed, $render) {
    my $score = _problem_score($render);
    my %graded = (
        %$problem,
        attempted     => 1,
        status        => $score > $problem->{status} ? $score : $problem->{status},
        num_correct   => $problem->{num_correct} + ($score == 1 ? 1 : 0),
        num_incorrect => $problem->{num_incorrect} + ($score == 1 ? 0 : 1),
        last_answer   => _encode_answers(_prefix($problem), $typed),
        problem_data  => '{}',
    );
    $self->db->put(problem_user => \%graded);
    $self->_log(
        $self->log_directory . '/' . $self->course->id . '_transaction.log',
        join "\t",
        map { $graded{$_} // '' }
            qw(problem_id set_id user_id source_file value max_attempts problem_seed status attempted
            last_answer num_correct num_incorrect)
    );
    return;
}

sub _record_past_answer ($self, $problem, $render) {
    my @answers = _answers($render);
    my $scores  = join '', map { $_->{score} } @answers;
    my $text    = join "\t", map { $_->{typed} } @answers;
    $text = "No answer entered\t" unless $text =~ /[^\t]/;

    my $line = "|$problem->{user_id}|$problem->{set_id}|$problem->{problem_id}|$scores\t@{[ $self->now ]}\t$text";
    $self->_log($self->course->log_file('answer.log'), $line);
    my %one = map { $_ => $problem->{$_} } qw(user_id set_id problem_id);
    $self->db->count(problem_user => %one);
    $self->db->insert(
        past_answer => (
            %one,
            source_file   => $problem->{source_file},
            problem_seed  => $problem->{problem_seed},
            timestamp     => $self->now,
            scores        => $scores,
            answer_string => $text,
        )
    );
    return;
}

sub _record_attempt_time ($self) {
    my $stored = $self->db->get(set_user => (user_id => $self->user_id, set_id => $self->version_id));
    $self->db->put(set_user => { %$stored, version_last_attempt_time => $self->now });
    return;
}

sub _comment ($self, $problem) {
    $self->db->get(permission => (user_id => $self->user_id));
    my ($newest) = reverse $self->db->past_answer_ids(map { $_ => $problem->{$_} } qw(user_id set_id problem_id));
    return '' unless $newest;
    return $self->db->get(past_answer => (answer_id => $newest))->{comment_string} // '';
}

sub _log ($self, $file, $text) {
    my $warning = append_line($file, $text, $self->now);
    push @{ $self->warnings }, $warning if $warning;
    return;
}

# A problem whose render died has no answers: grading ends there with an exception.
sub _answers ($render) {
    die "a problem was not rendered: $render->{error}\n" if $render->{error};
    return @{ $render->{answers} };
}

sub _problem_score ($render) {
    my @answers = _answers($render);
    return _round(_sum(map { $_->{score} } @answers) / @answers);
}

sub _prefix ($problem) { return sprintf 'Q%04d_', $problem->{problem_id} }

# A list, so that the order of the blanks is kept.
sub _encode_answers ($prefix, $typed) {
    my @names = sort grep {/^\Q$prefix\EAnSwEr\d+$/} keys %$typed;
    return $JSON->encode([ map { $_ => $typed->{$_} } @names, map {"MaThQuIlL_$_"} @names ]);
}

sub _decode_answers ($json) {
    return { @{ $JSON->decode($json || '[]') } };
}

sub _sum (@numbers) {
    my $sum = 0;
    $sum += $_ for @numbers;
    return $sum;
}

sub _round ($number) { return 0 + sprintf '%.2f', $number }

1;
