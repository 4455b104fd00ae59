package Standin::Answers;

# Answers as forms, renders and rows hold them, and their scores.

use Mojo::Base 'Exporter', -signatures;

use JSON::PP;

our @EXPORT_OK = qw(answers_of decode_answers encode_answers problem_score rounded total_of);

my $JSON = JSON::PP->new->allow_nonref;

# A problem whose render died has no answers: grading ends there with an exception.
sub answers_of ($render) {
    die "a problem was not rendered: $render->{error}\n" if $render->{error};
    return @{ $render->{answers} };
}

sub problem_score ($render) {
    my @answers = answers_of($render);
    return rounded(total_of(map { $_->{score} } @answers) / @answers);
}

# A list, so that the order of the blanks is kept.
sub encode_answers ($prefix, $typed) {
    my @names = sort grep {/^\Q$prefix\EAnSwEr\d+$/} keys %$typed;
    return $JSON->encode([ map { $_ => $typed->{$_} } @names, map {"MaThQuIlL_$_"} @names ]);
}

sub decode_answers ($json) {
    return { @{ $JSON->decode($json || '[]') } };
}

sub total_of (@numbers) {
    my $sum = 0;
    $sum += $_ for @numbers;
    return $sum;
}

sub rounded ($number) { return 0 + sprintf '%.2f', $number }

1;
