package Standin::Pages;

# The pages. Each action reads the database, builds the page, and only then writes the
# session row and answers, in WeBWorK's order.

use Mojo::Base 'Mojolicious::Controller', -signatures, -async_await;

use Mojo::File qw(path);
use Standin::Burn qw(burn_cpu);
use Standin::Homework;
use Standin::Render;
use Standin::Test;

# A render may take this many seconds before the connection counts as idle.
my $RENDER_TIMEOUT_SECONDS = 65;

sub front ($self) { return $self->render('front') }

sub courses ($self) {
    $self->db->tables;
    my @names = map { $_->basename } path($self->settings->courses)->list({ dir => 1 })->each;
    return $self->render('courses', names => [ grep { $_ ne 'lost+found' } @names ]);
}

# Every page of a course begins here.
sub enter ($self) {
    unless ($self->course->exists) {
        $self->render(text => 'This course does not exist.', status => 404);
        return 0;
    }
    burn_cpu($self->settings->page_cpu_ms);
    return 1 if $self->authentication->verify;
    $self->_login_page;
    return 0;
}

sub set_list ($self) {
    my @sets = $self->db->merged_sets($self->_user_id);
    return $self->_page('set_list', sets => \@sets, title => $self->db->setting('courseTitle'));
}

async sub set ($self) {
    my $set_id = $self->stash('set_id');
    my $set    = $self->_check_set($set_id);
    return $self->_page('set_not_valid', title => $set_id, reason => $self->_not_assigned($set_id)) unless $set;
    return await $self->_problem_list if $set->{assignment_type} eq 'default';
    return await $self->_quiz_info;
}

async sub problem ($self) {
    my $set_id = $self->stash('set_id');
    my $set = $self->_check_set($set_id);
    return $self->_page('set_not_valid', title => $set_id, reason => $self->_not_assigned($set_id))
        unless $set && $set->{assignment_type} eq 'default';

    my $homework = Standin::Homework->new(
        db            => $self->db,
        course        => $self->course,
        user_id       => $self->_user_id,
        set_id        => $set_id,
        problem_id    => $self->stash('problem_id'),
        log_directory => $self->settings->logs,
    );
    my $obstacle = $homework->load;
    return $self->_page('problem_not_valid', title => $set_id, reason => $obstacle) if $obstacle;

    my $typed   = $self->req->method eq 'POST' ? $self->req->params->to_hash : undef;
    my $submits = $typed && $typed->{submitAnswers};
    my $stale   = $submits && $homework->is_stale($typed);
    my ($render) = await $self->_render_problems($homework->render_job($typed));
    my $said = $submits && !$stale ? $homework->submit($typed, $render) : '';
    $homework->look unless $said;
    my $comment = $homework->comment;
    $self->note_warning(@{ $homework->warnings });
    return $self->_answer('problem',
        title    => "$set_id: Problem @{[ $homework->problem_id ]}",
        user     => $self->stash('standin.user'),
        homework => $homework,
        render   => $render,
        said     => $said,
        notice   => $stale ? 'ATTEMPT NOT ACCEPTED -- Please submit answers again (or request new version if neccessary).'
            : $typed && $typed->{previewAnswers} ? 'PREVIEW ONLY -- ANSWERS NOT RECORDED'
            : '',
        comment => $comment,
    );
}

async sub _problem_list ($self) {
    my ($db, $user_id, $set_id) = ($self->db, $self->_user_id, $self->stash('set_id'));
    my %of_set = (user_id => $user_id, set_id => $set_id);
    my $user   = $db->get(user => (user_id => $user_id));
    my $set    = $db->merged_set($user_id, $set_id);
    $db->get(permission   => (user_id => $user_id));
    $db->count(set_user   => %of_set);
    $db->all(problem_user => %of_set);
    my @problems = $db->merged_problems($user_id, $set_id);
    $db->get(set => (set_id => $set_id));
    $db->merged_sets($user_id);
    $db->merged_set($user_id, $set_id);
    $db->get(permission => (user_id => $user_id));

    my $header = await $self->_header($set);
    return $self->_answer('problem_list',
        title    => $set_id,
        user     => $user,
        set      => $set,
        problems => \@problems,
        header   => $header,
    );
}

async sub _quiz_info ($self) {
    my ($user_id, $set_id) = ($self->_user_id, $self->stash('set_id'));
    my $db = $self->db;
    $db->get(user => (user_id => $user_id));
    my $set  = $db->merged_set($user_id, $set_id);
    my $user = $db->get(user => (user_id => $user_id));
    $db->count(set_user => (user_id => $user_id, set_id => $set_id));
    $db->get(set => (set_id => $set_id));
    my @versions = map { $self->_version_summary($set_id, $_) } $db->version_numbers($user_id, $set_id);
    $db->merged_set($user_id, $set_id);
    my @siblings = $db->merged_sets($user_id);
    $db->merged_set($user_id, $set_id);

    my $header = await $self->_header($set);
    return $self->_answer('quiz_info',
        title    => $set_id,
        user     => $user,
        set      => $set,
        versions => \@versions,
        siblings => \@siblings,
        header   => $header,
    );
}

# What stands above the pages of a set, rendered as a problem is.
async sub _header ($self, $set) {
    my ($header) = await $self->_render_problems(
        { source_file => $set->{set_header}, seed => 0, prefix => '', typed => {} });
    return $header;
}

async sub test ($self) {
    my ($set_id, $version) = $self->stash('set_id') =~ /\A(.+?)(?:,v(\d+))?\z/;
    return $self->_not_valid($self->_not_assigned($set_id, $version)) unless $self->_check_set($self->stash('set_id'));

    my $test = Standin::Test->new(
        db            => $self->db,
        course        => $self->course,
        user_id       => $self->_user_id,
        set_id        => $set_id,
        log_directory => $self->settings->logs,
        log           => $self->log,
    );
    my $obstacle = $test->load($version);
    return $self->_not_valid($obstacle) if $obstacle;

    my $typed = $self->req->method eq 'POST' ? $self->req->params->to_hash : undef;
    $test->page($typed->{newPage} || $typed->{currentPage} || 1) if $typed;

    # Only grading needs the problems of the other pages.
    my @rendered = $typed && $typed->{submitAnswers} ? keys @{ $test->problems } : $test->shown;
    my @renders;
    @renders[@rendered] = await $self->_render_problems($test->render_jobs($typed, @rendered));
    my %outcome = $self->_act($test, $typed, @renders);
    $self->note_warning(@{ $test->warnings });
    return $self->_page('test',
        title    => 'Test ' . $test->version_id,
        test     => $test,
        typed    => $typed,
        renders  => \@renders,
        comments => { $test->comments },
        %outcome,
    );
}

sub logout ($self) {
    $self->authentication->end_session;
    return $self->render('logout', title => 'Logout');
}

# What the student's button does; the rest of the page is the same for all.
sub _act ($self, $test, $typed, @renders) {
    my $refusal = $test->refusal;
    my %outcome = (action => 'view', score => undef, refusal => $refusal, attempts_left => $test->attempts_left);
    return %outcome unless $typed;
    if ($typed->{submitAnswers}) {
        my $score = $test->grade($typed, @renders);
        my $left  = $outcome{attempts_left} - ($refusal ? 0 : 1);
        return (%outcome, action => 'grade', score => $score, attempts_left => $left);
    }
    # Turning to another page presses the button of the preview too.
    my $previews = $typed->{previewAnswers} && !$typed->{pageChangeHack};
    $test->preview($typed) if $previews || $typed->{newPage};
    return (%outcome, action => $previews ? 'preview' : 'view');
}

async sub _render_problems ($self, @jobs) {
    $self->inactivity_timeout($RENDER_TIMEOUT_SECONDS);
    my $settings = $self->settings;
    return await Standin::Render->new(
        course    => $self->course,
        cpu_ms    => $settings->render_cpu_ms,
        memory_mb => $settings->render_memory_mb,
    )->render(@jobs);
}

sub _check_set ($self, $set_id) {
    my $user_id = $self->_user_id;
    my $assigned = $self->db->count(set_user => (user_id => $user_id, set_id => $set_id));
    my $set      = $self->db->merged_set($user_id, $set_id);
    $self->stash('standin.user' => $self->db->get(user => (user_id => $user_id)));
    return $assigned && $set;
}

sub _version_summary ($self, $set_id, $number) {
    my $id = "$set_id,v$number";
    my @problems = $self->db->merged_problems($self->_user_id, $id);
    my $score = 0;
    $score += $_->{status} // 0 for @problems;
    return { id => $id, number => $number, score => 0 + sprintf('%.2f', $score), total => scalar @problems };
}

sub _login_page ($self) {
    $self->db->practice_users;
    $self->authentication->drop_session;
    my %hidden = %{ $self->req->params->to_hash };
    delete @hidden{qw(user passwd key force_passwd_authen)};
    return $self->render('login',
        title   => $self->db->setting('courseTitle'),
        refusal => $self->authentication->refusal,
        hidden  => \%hidden,
    );
}

sub _not_assigned ($self, $set_id, $version = undef) {
    my $what = $version ? "Requested version ($version) of set '$set_id'" : "Requested set '$set_id'";
    return "$what is not assigned to user @{[ $self->_user_id ]}.";
}

sub _not_valid ($self, $reason) {
    return $self->_page('not_valid', title => $self->stash('set_id'), reason => $reason);
}

# Reads the name in the page's head, then answers.
sub _page ($self, $template, %values) {
    return $self->_answer($template, user => $self->db->get(user => (user_id => $self->_user_id)), %values);
}

sub _answer ($self, $template, %values) {
    my $page = $self->render_to_string($template, layout => 'page', %values);
    $self->authentication->store_session;
    return $self->render(text => $page, format => 'html');
}

sub _user_id ($self) { return $self->authentication->user_id }

1;
