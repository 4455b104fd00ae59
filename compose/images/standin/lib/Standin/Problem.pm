package Standin::Problem;

# A problem file together with a student's seed: the text to show and the answers to
# expect. The file holds lines `text: ...` and one line `answer: KIND` per blank.

use Mojo::Base -base, -signatures;

has [qw(source seed)];

my %KINDS = (
    product    => sub ($x, $y) { $x * $y },
    sum        => sub ($x, $y) { $x + $y },
    difference => sub ($x, $y) { $x - $y },
    square     => sub ($x, $) { $x * $x },
);

# Two numbers that differ from student to student.
has numbers => sub ($self) {
    my $seed = $self->seed;
    return [ 11 + $seed % 17, 2 + int($seed / 17) % 8 ];
};

has text => sub ($self) {
    my ($first, $second) = @{ $self->numbers };
    my $text = join "\n", $self->source =~ /^text: *(.*)$/mg;
    return $text =~ s/\[a\]/$first/gr =~ s/\[b\]/$second/gr;
};

has expected => sub ($self) {
    return [ map { _kind($_)->(@{ $self->numbers }) } $self->source =~ /^answer: *(\w+)$/mg ];
};

# One 1 or 0 per blank.
sub scores ($self, @typed) {
    my $expected = $self->expected;
    return map { _is_number($typed[$_], $expected->[$_]) ? 1 : 0 } keys @$expected;
}

sub _kind ($name) {
    return $KINDS{$name} // die "unknown kind of answer: $name\n";
}

sub _is_number ($typed, $expected) {
    return ($typed // '') =~ /\A\s*([+-]?\d+(?:\.\d+)?)\s*\z/ && abs($1 - $expected) < 1e-6;
}

1;
