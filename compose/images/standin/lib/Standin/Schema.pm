package Standin::Schema;

# The tables of a course: WeBWorK's names, columns, types and keys. No table has a
# primary key. A version of a timed test has no tables of its own: its rows carry
# the set id 'Quiz1,v3'.

use Mojo::Base 'Exporter', -signatures;

our @EXPORT_OK = qw(columns key_columns table_names create_table);

my %TYPES = (
    id        => 'varchar(100) NOT NULL',
    level     => 'varchar(100) DEFAULT NULL',
    location  => 'varchar(40) NOT NULL',
    name      => 'varchar(240) NOT NULL',
    number    => 'int(11) NOT NULL',
    serial    => 'int(11) NOT NULL AUTO_INCREMENT',
    int       => 'int(11) DEFAULT NULL',
    hints     => 'int(11) NOT NULL DEFAULT -2',
    date      => 'bigint(20) DEFAULT NULL',
    float     => 'float DEFAULT NULL',
    text      => 'text DEFAULT NULL',
    short     => 'tinytext DEFAULT NULL',
    long      => 'mediumtext DEFAULT NULL',
    blob      => 'mediumblob DEFAULT NULL',
    answer    => 'varchar(5012) DEFAULT NULL',
    session   => q{text NOT NULL DEFAULT '{}'},
    when      => q{enum('N','Y','BeforeAnswerDate') DEFAULT NULL},
    yes_no    => q{enum('N','Y') DEFAULT NULL},
    bit       => q{enum('0','1') DEFAULT NULL},
    ip        => q{enum('No','RestrictTo','DenyFrom') DEFAULT NULL},
    ip_no     => q{enum('No','RestrictTo','DenyFrom') DEFAULT 'No'},
    relax     => q{enum('No','AfterAnswerDate','AfterVersionAnswerDate') DEFAULT NULL},
    relax_no  => q{enum('No','AfterAnswerDate','AfterVersionAnswerDate') DEFAULT 'No'},
    proctor   => q{enum('No','Yes') DEFAULT NULL},
    proctor_y => q{enum('No','Yes') DEFAULT 'Yes'},
);

my @SET_TEXTS_AND_DATES = qw(
    set_header:text hardcopy_header:text open_date:date due_date:date answer_date:date
    reduced_scoring_date:date visible:int enable_reduced_scoring:int assignment_type:text
    description:text restricted_release:text restricted_status:float attempts_per_version:int
    time_interval:int versions_per_interval:int version_time_limit:int version_creation_time:date
    problem_randorder:int version_last_attempt_time:date problems_per_page:int hide_score:when
    hide_score_by_problem:yes_no hide_work:when time_limit_cap:bit
);
my @SET_TAIL = qw(hide_hint:int restrict_prob_progression:int email_instructor:int lis_source_did:text);

# Columns as name:type in the order of the real table; the first unique key names a row.
my %TABLES = (
    key => {
        columns => [qw(user_id:id key:text timestamp:date session:session)],
        unique  => ['user_id'],
    },
    user => {
        columns => [qw(
            user_id:id first_name:text last_name:text email_address:text student_id:text status:text
            section:text recitation:text comment:text displayMode:text showOldAnswers:int
            useMathView:int useMathQuill:int lis_source_did:text
        )],
        unique => ['user_id'],
    },
    password => {
        columns => [qw(user_id:id password:text otp_secret:text)],
        unique  => ['user_id'],
    },
    permission => {
        columns => [qw(user_id:id permission:int)],
        unique  => ['user_id'],
    },
    set => {
        columns => [
            'set_id:id', @SET_TEXTS_AND_DATES,
            qw(restrict_ip:ip_no relax_restrict_ip:relax_no
                restricted_login_proctor:proctor use_grade_auth_proctor:proctor_y),
            @SET_TAIL,
        ],
        unique => ['set_id'],
    },
    set_user => {
        columns => [
            qw(user_id:id set_id:id psvn:serial), @SET_TEXTS_AND_DATES,
            qw(restrict_ip:ip relax_restrict_ip:relax
                restricted_login_proctor:proctor use_grade_auth_proctor:proctor),
            @SET_TAIL, 'external_data:long',
        ],
        unique => [ 'user_id,set_id', 'psvn' ],
        index  => ['set_id'],
    },
    problem => {
        columns => [qw(
            set_id:id problem_id:number source_file:text value:int max_attempts:int
            att_to_open_children:int counts_parent_grade:int showMeAnother:int showMeAnotherCount:int
            showHintsAfter:hints prPeriod:int prCount:int flags:text
        )],
        unique => ['set_id,problem_id'],
        index  => ['problem_id'],
    },
    problem_user => {
        columns => [qw(
            user_id:id set_id:id problem_id:number source_file:text value:int max_attempts:int
            showMeAnother:int showMeAnotherCount:int showHintsAfter:int prPeriod:int prCount:int
            problem_seed:int status:float attempted:int last_answer:text num_correct:int
            num_incorrect:int att_to_open_children:int counts_parent_grade:int sub_status:float
            flags:text problem_data:long
        )],
        unique => ['user_id,set_id,problem_id'],
        index  => [ 'set_id,problem_id', 'problem_id' ],
    },
    past_answer => {
        columns => [qw(
            answer_id:serial user_id:id set_id:id problem_id:number source_file:text timestamp:date
            scores:short answer_string:answer comment_string:answer problem_seed:int
        )],
        unique => ['answer_id,user_id,set_id,problem_id'],
        index  => [ 'user_id,set_id,problem_id', 'set_id,problem_id', 'problem_id' ],
    },
    setting => {
        columns => [qw(name:name value:text)],
        unique  => ['name'],
    },
    achievement => {
        columns => [qw(
            achievement_id:id name:text description:text points:int test:text icon:text category:text
            enabled:int max_counter:int number:int assignment_type:text email_template:text
        )],
        unique => ['achievement_id'],
    },
    achievement_user => {
        columns => [qw(user_id:id achievement_id:id earned:int counter:int frozen_hash:blob)],
        unique  => ['user_id,achievement_id'],
        index   => ['achievement_id'],
    },
    global_user_achievement => {
        columns => [qw(
            user_id:id achievement_points:int next_level_points:int level_achievement_id:level
            frozen_hash:blob
        )],
        unique => ['user_id'],
    },
    set_locations => {
        columns => [qw(set_id:id location_id:location)],
        unique  => ['set_id,location_id'],
        index   => ['location_id'],
    },
    set_locations_user => {
        columns => [qw(user_id:id set_id:id location_id:location)],
        unique  => ['user_id,set_id,location_id'],
        index   => [ 'set_id,location_id', 'location_id' ],
    },
);

sub table_names () { return sort keys %TABLES }

sub columns ($table) {
    return map { (split /:/)[0] } @{ $TABLES{$table}{columns} };
}

# The columns that name one row.
sub key_columns ($table) {
    return split /,/, $TABLES{$table}{unique}[0];
}

sub create_table ($course, $table, $engine) {
    my @lines = (
        (map { _column_line($_) } @{ $TABLES{$table}{columns} }),
        (map { _key_line('UNIQUE KEY', $_) } @{ $TABLES{$table}{unique} }),
        (map { _key_line('KEY',        $_) } @{ $TABLES{$table}{index} // [] }),
    );
    return sprintf 'CREATE TABLE IF NOT EXISTS `%s_%s` (%s) ENGINE=%s DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci',
        $course, $table, join(', ', @lines), $engine;
}

sub _column_line ($column) {
    my ($name, $type) = split /:/, $column;
    return "`$name` $TYPES{$type}";
}

# As in WeBWorK, a key is named after its first column.
sub _key_line ($kind, $key) {
    my @names = split /,/, $key;
    return "$kind `$names[0]` (" . join(',', map {"`$_`"} @names) . ')';
}

1;
