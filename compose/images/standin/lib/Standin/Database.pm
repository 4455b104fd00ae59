package Standin::Database;

# The database of one course during one request. Each method is one statement,
# autocommitted; there are no transactions, and no statement is ever retried.

use Mojo::Base -base, -signatures;

use DBI;
use Standin::Schema qw(columns key_columns);

has [qw(settings course)];

# One connection per worker. The cache pings it on first use in a request and
# connects again when it is gone.
has handle => sub ($self) {
    my $to = $self->settings;
    my $handle = eval {
        DBI->connect_cached(
            "DBI:MariaDB:database=$to->{name};host=$to->{host}",
            $to->{user}, $to->{password},
            { RaiseError => 1, PrintError => 0, AutoCommit => 1, AutoInactiveDestroy => 1 },
        );
    };
    return $handle // die "Unable to establish a connection to the database: $@";
};

sub get ($self, $table, %where) {
    my ($condition, @values) = _where(%where);
    return $self->handle->selectrow_hashref(
        "SELECT @{[ _names(columns($table)) ]} FROM @{[ $self->_table($table) ]} WHERE $condition",
        undef, @values,
    );
}

sub all ($self, $table, %where) {
    my ($condition, @values) = _where(%where);
    return $self->_rows(
        "SELECT @{[ _names(columns($table)) ]} FROM @{[ $self->_table($table) ]}"
            . " WHERE $condition ORDER BY @{[ _names(key_columns($table)) ]}",
        @values,
    );
}

sub count ($self, $table, %where) {
    my ($condition, @values) = _where(%where);
    return $self->_value("SELECT COUNT(*) FROM @{[ $self->_table($table) ]} WHERE $condition", @values);
}

# Columns that are not given become NULL, as WeBWorK stores a new record.
sub insert ($self, $table, %row) {
    my @columns = sort { $a cmp $b } columns($table);
    my $places  = join ', ', ('?') x @columns;
    $self->handle->do(
        "INSERT INTO @{[ $self->_table($table) ]} (@{[ _names(@columns) ]}) VALUES ($places)",
        undef, @row{@columns},
    );
    return;
}

# Writes every column of a record that was read before: the last writer wins.
sub put ($self, $table, $row) {
    my @key     = key_columns($table);
    my %is_key  = map { $_ => 1 } @key;
    my @columns = sort { $a cmp $b } grep { !$is_key{$_} } columns($table);
    my ($condition, @values) = _where(map { $_ => $row->{$_} } @key);
    $self->handle->do(
        "UPDATE @{[ $self->_table($table) ]} SET @{[ join ', ', map {qq{`$_` = ?}} @columns ]} WHERE $condition",
        undef, @{$row}{@columns}, @values,
    );
    return;
}

sub delete ($self, $table, %where) {
    my ($condition, @values) = _where(%where);
    $self->handle->do("DELETE FROM @{[ $self->_table($table) ]} WHERE $condition", undef, @values);
    return;
}

sub setting ($self, $name) {
    return $self->_value("SELECT `value` FROM @{[ $self->_table('setting') ]} WHERE `name` = ?", $name);
}

sub practice_users ($self) {
    return $self->_rows("SELECT `user_id` FROM @{[ $self->_table('user') ]} WHERE `user_id` LIKE 'practice%'");
}

sub tables ($self) {
    return map { values %$_ } $self->_rows('SHOW TABLES');
}

# A set, or a version of a test, as one student has it: their own value of a column
# where there is one, else the class's.
sub merged_set ($self, $user_id, $set_id) {
    my ($row) = $self->_rows($self->_merged_sets . ' AND `own`.`set_id` = ?', $user_id, $set_id);
    return $row;
}

sub merged_sets ($self, $user_id) {
    return $self->_rows($self->_merged_sets . q{ AND `own`.`set_id` NOT LIKE '%,v%' ORDER BY `own`.`set_id`}, $user_id);
}

sub merged_problems ($self, $user_id, $set_id) {
    return $self->_merged_problems('ORDER BY `own`.`problem_id`', $user_id, $set_id);
}

sub _merged_problems ($self, $rest, @values) {
    return $self->_rows(
        "SELECT @{[ _merged_columns('problem_user', 'problem') ]}"
            . " FROM @{[ $self->_table('problem_user') ]} AS `own`"
            . " JOIN @{[ $self->_table('problem') ]} AS `class`"
            . ' ON `class`.`set_id` = SUBSTRING_INDEX(`own`.`set_id`, ",v", 1)'
            . ' AND `class`.`problem_id` = `own`.`problem_id`'
            . " WHERE `own`.`user_id` = ? AND `own`.`set_id` = ? $rest",
        @values,
    );
}

sub merged_problem ($self, $user_id, $set_id, $problem_id) {
    my ($row) = $self->_merged_problems('AND `own`.`problem_id` = ?', $user_id, $set_id, $problem_id);
    return $row;
}

# The version numbers of a test that a student has, oldest first.
sub version_numbers ($self, $user_id, $set_id) {
    return map { $_->{version} } $self->_rows(
        'SELECT SUBSTRING_INDEX(`set_id`, ",v", -1) + 0 AS `version`'
            . " FROM @{[ $self->_table('set_user') ]} WHERE `user_id` = ? AND `set_id` LIKE ? ORDER BY `version`",
        $user_id, "$set_id,v%",
    );
}

sub past_answer_ids ($self, %problem) {
    my ($condition, @values) = _where(%problem);
    return map { $_->{answer_id} } $self->_rows(
        "SELECT `answer_id` FROM @{[ $self->_table('past_answer') ]} WHERE $condition ORDER BY `answer_id`",
        @values,
    );
}

sub _merged_sets ($self) {
    return "SELECT @{[ _merged_columns('set_user', 'set') ]}"
        . " FROM @{[ $self->_table('set_user') ]} AS `own`"
        . " JOIN @{[ $self->_table('set') ]} AS `class`"
        . ' ON `class`.`set_id` = SUBSTRING_INDEX(`own`.`set_id`, ",v", 1)'
        . ' WHERE `own`.`user_id` = ?';
}

# The student's set id is kept, so that a version keeps its ',v1'.
sub _merged_columns ($own, $class) {
    my %in_class = map { $_ => 1 } columns($class);
    return join ', ',
        map { $in_class{$_} ? "COALESCE(`own`.`$_`, `class`.`$_`) AS `$_`" : "`own`.`$_`" } columns($own);
}

sub _rows ($self, $sql, @values) {
    return @{ $self->handle->selectall_arrayref($sql, { Slice => {} }, @values) };
}

sub _value ($self, $sql, @values) {
    return scalar $self->handle->selectrow_array($sql, undef, @values);
}

sub _table ($self, $name) { return "`@{[ $self->course ]}_$name`" }

sub _names (@columns) { return join ', ', map {"`$_`"} @columns }

sub _where (%where) {
    my @columns = sort keys %where;
    return join(' AND ', map {"`$_` = ?"} @columns), @where{@columns};
}

1;
