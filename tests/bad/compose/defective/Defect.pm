package Defect;

# Gives the stand-in's server the defect that the variable DEFECT names: one method is replaced, and what it then does
# is really done. Other Perl programs of the container stay as they are.

use Mojo::Base -strict, -signatures;

use Mojo::Util qw(monkey_patch);

my %DEFECTS = (

    # On web2 a look at a test misses the file of a problem: status 200 around an error text.
    'error-page' => sub {
        _wrap(
            Test => render_jobs => sub ($render_jobs, $self, $typed, @indices) {
                my @jobs = $self->$render_jobs($typed, @indices);
                $jobs[-1]{source_file} = 'gone.pg' if !$typed && $ENV{STANDIN_NODE} eq 'web2';
                return @jobs;
            }
        );
    },

    # The page says that the score was recorded, and no statement was sent.
    'unstored' => sub {
        _wrap(Record => $_                     => sub (@) { return }) for qw(score past_answer);
        _wrap(Test   => '_record_attempt_time' => sub (@) { return });
    },

    'twice' => sub {
        _wrap(Record => past_answer => sub ($record, $self, @rest) { $self->$record(@rest) for 1 .. 2; return });
    },

    # The fifth problem is left out.
    'four-of-five' => sub {
        for my $name (qw(score past_answer)) {
            _wrap(
                Record => $name => sub ($record, $self, $problem, @rest) {
                    $self->$record($problem, @rest) unless $problem->{problem_id} == 5;
                    return;
                }
            );
        }
    },
);

sub import {
    my $defect = $DEFECTS{ $ENV{DEFECT} // '' };
    return unless $defect && $0 =~ m{/hypnotoad\z};
    require Standin::Record;
    require Standin::Test;
    $defect->();
    return;
}

# Replaces a method of a class of the stand-in; the new one gets the old one first.
sub _wrap ($class, $name, $new) {
    $class = "Standin::$class";
    my $old = $class->can($name) // die "$class has no method $name\n";
    monkey_patch $class, $name => sub (@arguments) { return $new->($old, @arguments) };
    return;
}

1;
