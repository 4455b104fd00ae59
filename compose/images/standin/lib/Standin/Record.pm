package Standin::Record;

# What a submission leaves behind: the score in `problem_user`, the past answer, lines of logs. Each is a statement or an
# append of its own: a failure in the middle leaves what was written before it.

use Mojo::Base -base, -signatures;

use Standin::Answers qw(answers_of encode_answers problem_score);
use Standin::Log qw(append_line);

# `log_directory` is the node's own; `warnings` get what a log refused.
has [qw(db course log_directory now warnings)];

# The record that `work`, a test or a homework problem under way, writes to.
sub of ($class, $work) {
    return $class->new(map { $_ => $work->$_ } qw(db course log_directory now warnings));
}

# Writes the score of one problem; the answers are those of the fields that begin with `prefix`.
sub score ($self, $problem, $prefix, $typed, $render) {
    my $score  = problem_score($render);
    my %graded = (
        %$problem,
        attempted     => 1,
        status        => $score > ($problem->{status} // 0) ? $score : $problem->{status} // 0,
        num_correct   => ($problem->{num_correct}   // 0) + ($score == 1 ? 1 : 0),
        num_incorrect => ($problem->{num_incorrect} // 0) + ($score == 1 ? 0 : 1),
        last_answer   => encode_answers($prefix, $typed),
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

# Writes one problem's answers to the history and to answer.log.
sub past_answer ($self, $problem, $render) {
    my @answers = answers_of($render);
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

# The instructor's comment on the newest answer to a problem.
sub comment ($self, $user_id, $problem) {
    $self->db->get(permission => (user_id => $user_id));
    return $self->comment_of($user_id, $problem);
}

# The same, where nobody asks who may see it.
sub comment_of ($self, $user_id, $problem) {
    my ($newest) = reverse $self->db->past_answer_ids(map { $_ => $problem->{$_} } qw(user_id set_id problem_id));
    return '' unless $newest;
    return $self->db->get(past_answer => (answer_id => $newest))->{comment_string} // '';
}

sub _log ($self, $file, $text) {
    my $warning = append_line($file, $text, $self->now);
    push @{ $self->warnings }, $warning if $warning;
    return;
}

1;
