package Defect;

# Gives the stand-in's server the defect that the variable DEFECT names: one method is replaced, and what it then does
# is really done. Other Perl programs of the container stay as they are.

use Mojo::Base -strict, -signatures;

use Mojo::Util qw(monkey_patch);

my %DEFECTS = (

    # On web2 a look at a test misses the file of a problem: status 200 around an error text.
    'error-page' => sub {
        _wrap(
            render_jobs => sub ($render_jobs, $self, $typed, @indices) {
                my @jobs = $self->$render_jobs($typed, @indices);
                $jobs[-1]{source_file} = 'gone.pg' if !$typed && $ENV{STANDIN_NODE} eq 'web2';
                return @jobs;
            }
        );
    },

    # The page says that the score was recorded, and no statement was sent.
    'unstored' => sub {
        _wrap($_ => sub (@) { return }) for qw(_record_problem _record_past_answer _record_attempt_time);
    },

    'twice' => sub {
        _wrap(_record_past_answer => sub ($record, $self, @rest) { $self->$record(@rest) for 1 .. 2; return });
    },

    # The fifth problem is left out.
    'four-of-five' => sub {
        for my $name (qw(_record_problem _record_past_answer)) {
            _wrap(
                $name => sub ($record, $self, $problem, @rest) {
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
    require Standin::Test;
    $defect->();
    return;
}

# Replaces a method of Standin::Test; the new one gets the old one first.
sub _wrap ($name, $new) {
    my $old = Standin::Test->can($name) // die "Standin::Test has no method $name\n";
    monkey_patch 'Standin::Test', $name => sub (@arguments) { return $new->($old, @arguments) };
    return;
}

1;
