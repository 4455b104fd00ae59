//! The audit.

use std::collections::BTreeMap;

use crate::history::{AuditSource, ErrorClass, Fact, Observation, Outcome, Request, Shown, Step, StoredAnswer, Told};
use crate::measure::synthetic::{Ask, Story, VERSION, stored};
use crate::measure::{AnswerCase, Answers, CaseKind};
use crate::webwork::token::{parse, token};

fn play() -> Story {
    Story::freeze("").play(Ask::fine)
}

fn past() -> AuditSource {
    AuditSource::PastAnswer { service: "db1".to_owned() }
}

fn user() -> AuditSource {
    AuditSource::ProblemUser { service: "db1".to_owned() }
}

fn whole(story: &Story) -> Answers {
    story.figures().answers
}

/// Whether a row holds problem `problem` of submission `number` of the first student.
fn is(row: &StoredAnswer, number: u32, problem: u32) -> bool {
    parse(&row.token).is_some_and(|token| (token.student, token.number, token.problem) == (1, number, problem))
}

/// The first student was told `told` about submission `number`.
fn told(story: Story, number: u32, told: Told) -> Story {
    story.bend(|fact| {
        if let Fact::Request(request) = fact
            && request.student == "stu001"
            && let Some(submission) = request.submission.as_mut().filter(|submission| submission.number == number)
        {
            submission.told = told;
            if told != Told::Acknowledged {
                request.outcome = Outcome::Failed(ErrorClass::Status(502));
            }
        }
    })
}

/// No student ever previewed.
fn unseen(story: Story) -> Story {
    story.without(|fact| matches!(fact, Fact::Request(request) if request.step == Step::Preview))
}

fn one(answers: &Answers, kind: CaseKind) -> &AnswerCase {
    let mut found = answers.cases.iter().filter(|case| case.kind == kind);
    let case = found.next().unwrap_or_else(|| panic!("no case `{kind}` in {answers:?}"));
    assert_eq!(found.next(), None);
    case
}

#[test]
fn everything_acknowledged_is_there() {
    let figures = play().figures();
    let answers = &figures.answers;
    assert_eq!((answers.acknowledged, answers.lost, answers.cases.len()), (20, 0, 0));
    assert_eq!(answers.lost_share_upper_bound, Some(3.0 / 20.0));
    assert_eq!((answers.log_lines_expected, answers.log_lines_lost), (60, 0));
    assert_eq!(answers.unknown, None);
    let window = &figures.windows[0].answers;
    assert!(window.acknowledged >= 5 && window.acknowledged < 20, "{window:?}");
}

#[test]
fn a_row_missing_from_past_answer_is_lost_history() {
    let answers = whole(&play().forget(|row| row.source == past() && is(row, 1, 2)));
    assert_eq!((answers.lost, answers.lost_share_upper_bound), (1, None));
    let case = one(&answers, CaseKind::LostHistory);
    assert_eq!((case.student.as_str(), case.number, case.tokens.as_slice()), ("stu001", 1, &[(2, token(1, 1, 2))][..]));
    assert_eq!(case.note.as_deref(), Some("answer.log has its line"));
}

#[test]
fn an_old_primary_s_copy_is_evidence() {
    let mut story = play().forget(|row| is(row, 1, 2));
    let copy = AuditSource::Copy { service: "db1".to_owned() };
    story.history.push(stored(copy, "stu001", 2, &token(1, 1, 2)));
    assert_eq!(one(&whole(&story), CaseKind::LostHistory).note.as_deref(), Some("old primary db1 holds it"));
}

#[test]
fn a_score_is_lost_when_problem_user_has_nothing_or_does_not_count_it() {
    let answers = whole(&play().forget(|row| row.source == user() && is(row, 2, 3)));
    assert_eq!((answers.lost, one(&answers, CaseKind::LostScore).number), (1, 2));
    let uncounted = play().bend(|fact| {
        if let Fact::Stored(row) = fact
            && row.source == user()
            && is(row, 2, 3)
        {
            row.attempted = false;
        }
    });
    assert_eq!(one(&whole(&uncounted), CaseKind::LostScore).tokens, [(3, token(1, 2, 3))]);
}

#[test]
fn an_older_token_in_problem_user_is_reverted_and_a_newer_one_is_fine() {
    let held = |number: u32| {
        play().bend(move |fact| {
            if let Fact::Stored(row) = fact
                && row.source == user()
                && is(row, 2, 1)
            {
                row.token = token(1, number, 1);
            }
        })
    };
    let answers = whole(&held(1));
    assert_eq!((answers.lost, one(&answers, CaseKind::Reverted).number), (1, 2));
    assert_eq!(whole(&held(3)).lost, 0);
}

#[test]
fn an_indeterminate_submission_is_never_lost() {
    let gone = told(play(), 2, Told::Indeterminate)
        .forget(|row| (1..=4).any(|one| is(row, 2, one)) && (row.source != user() || row.problem > 2))
        .bend(|fact| {
            if let Fact::Stored(row) = fact
                && (is(row, 2, 1) || is(row, 2, 2))
            {
                row.token = token(1, 1, row.problem);
            }
        });
    let gone = whole(&gone);
    assert_eq!((gone.indeterminate, gone.lost), (1, 0), "{gone:?}");
    assert!(gone.cases.is_empty(), "{gone:?}");
    let there = whole(&told(play(), 2, Told::Indeterminate));
    assert_eq!((there.recovered, there.torn, one(&there, CaseKind::Recovered).number), (1, 0, 2));
    let part = whole(&told(play(), 2, Told::Indeterminate).forget(|row| is(row, 2, 4)));
    assert_eq!((part.recovered, part.torn, one(&part, CaseKind::Torn).tokens.len()), (0, 1, 3));
}

#[test]
fn a_score_without_history_is_torn_unless_a_preview_explains_it() {
    let story = || {
        told(play(), 2, Told::Indeterminate).forget(|row| row.source == past() && (1..=4).any(|one| is(row, 2, one)))
    };
    assert_eq!(whole(&unseen(story())).torn, 1);
    let of_first = |fact: &Fact| matches!(fact, Fact::Request(request) if request.step == Step::Preview && request.student == "stu001");
    let previewed = play().history.iter().any(|one| of_first(&one.fact));
    assert_eq!(whole(&story()).torn, u64::from(!previewed));
}

#[test]
fn rows_told_twice_by_the_student_are_resent_and_others_are_duplicated() {
    let again = |mut story: Story| {
        story.history.push(stored(past(), "stu001", 1, &token(1, 1, 1)));
        whole(&story)
    };
    let doubled = again(play());
    assert_eq!((doubled.duplicated, doubled.resent, one(&doubled, CaseKind::Duplicated).number), (1, 0, 1));
    let mut retried = play();
    let first = retried.history.iter().find_map(|one| match &one.fact {
        Fact::Request(request) if request.student == "stu001" && request.step == Step::Grade => Some(request.clone()),
        _ => None,
    });
    let mut lost_try = first.unwrap();
    lost_try.outcome = Outcome::Failed(ErrorClass::Status(504));
    lost_try.submission.as_mut().unwrap().told = Told::Indeterminate;
    retried.history.push(crate::history::Observation { at: lost_try.end, fact: Fact::Request(lost_try) });
    let resent = again(retried);
    assert_eq!((resent.duplicated, resent.resent, resent.acknowledged), (0, 1, 20), "{resent:?}");
}

#[test]
fn a_refused_submission_is_a_phantom_only_in_problem_user() {
    let refused = || unseen(told(play(), 2, Told::Refused));
    let answers = whole(&refused());
    assert_eq!((answers.refused, answers.phantom, one(&answers, CaseKind::Phantom).number), (1, 1, 2));
    let answers = whole(&refused().forget(|row| row.source == user() && row.student == "stu001"));
    assert_eq!(answers.phantom, 0);
}

#[test]
fn what_is_recorded_is_what_the_stores_hold_whatever_the_student_was_told() {
    let recorded = |story: &Story| story.figures().class.unwrap().last_minute.unwrap().recorded;
    let all = recorded(&play());
    let second = |row: &StoredAnswer| (1..=4).any(|problem| is(row, 2, problem));
    for said in [Told::Indeterminate, Told::Refused] {
        let held = unseen(told(play(), 2, said));
        assert_eq!(recorded(&held), all, "{said:?}");
        // What is gone is the score of the first submission too, which the second had replaced.
        assert!(recorded(&held.forget(second)) < all, "{said:?}");
    }
}

/// Before the first student's first grade comes its try that met `class`, or a page that asks for a code.
fn tried_before(class: Option<ErrorClass>) -> Story {
    let mut story = play();
    let mut first = None;
    for one in &mut story.history {
        if let Fact::Request(request) = &mut one.fact
            && request.student == "stu001"
            && request.step == Step::Grade
            && first.is_none()
        {
            first = Some((one.at, request.clone()));
            request.retry = 1;
            request.step = if class.is_none() { Step::Code } else { Step::Grade };
        }
    }
    let (at, mut before) = first.unwrap();
    before.outcome = class.map_or(Outcome::Success, Outcome::Failed);
    before.submission.as_mut().unwrap().told = Told::Refused;
    story.history.push(crate::history::Observation { at, fact: Fact::Request(before) });
    story
}

#[test]
fn a_grade_sent_by_signing_in_is_no_phantom_and_none_twice() {
    for class in [Some(ErrorClass::SessionLost), None] {
        let answers = whole(&tried_before(class));
        assert_eq!((answers.acknowledged, answers.refused, answers.cases.len()), (20, 0, 0), "{answers:?}");
    }
    // What is stored twice all the same was sent once: the login form and the page for a code store nothing.
    let mut doubled = tried_before(Some(ErrorClass::SessionLost));
    doubled.history.push(stored(past(), "stu001", 1, &token(1, 1, 1)));
    assert_eq!((whole(&doubled).duplicated, whole(&doubled).resent), (1, 0));
    // A test without attempts left stores the answers that it refuses.
    let mut refused = tried_before(Some(ErrorClass::NoAttemptsLeft));
    refused.history.push(stored(past(), "stu001", 1, &token(1, 1, 1)));
    assert_eq!((whole(&refused).duplicated, whole(&refused).resent), (0, 1));
}

#[test]
fn turning_a_page_leaves_traces_as_a_preview_does() {
    let story = || unseen(told(play(), 2, Told::Refused));
    assert_eq!(whole(&story()).phantom, 1);
    let second = story().history.into_iter().find_map(|one| match one.fact {
        Fact::Request(request) if request.student == "stu001" => {
            request.submission.as_ref().is_some_and(|sent| sent.number == 2).then_some(request)
        }
        _ => None,
    });
    let mut turned = second.unwrap();
    (turned.step, turned.submission, turned.outcome) = (Step::Turn, None, Outcome::Success);
    let mut story = story();
    story.history.push(crate::history::Observation { at: turned.end, fact: Fact::Request(turned) });
    assert_eq!(whole(&story).phantom, 0);
}

#[test]
fn a_token_that_nobody_sent_is_a_phantom_when_the_class_ran_to_its_end() {
    let mut story = play();
    story.history.push(stored(past(), "stu001", 1, &token(1, 9, 1)));
    story.history.push(stored(past(), "stu002", 1, "No answer entered"));
    let figures = story.figures();
    assert_eq!((figures.answers.phantom, figures.windows[0].answers.phantom), (1, 0));
    assert_eq!(one(&figures.answers, CaseKind::Phantom).note.as_deref(), Some("this student never sent it"));
    let ended = story.without(|fact| matches!(fact, Fact::LoadEnded { .. }));
    assert_eq!(whole(&ended).phantom, 0);
}

#[test]
fn lines_of_the_log_count_only_where_a_token_of_ours_is_missing() {
    let answers = whole(&play().forget(|row| row.source == AuditSource::AnswerLog && row.student == "stu003"));
    assert_eq!((answers.lost, answers.log_lines_expected, answers.log_lines_lost), (0, 60, 6));
    assert_eq!(answers.cases.len(), 2);
}

#[test]
fn a_store_that_could_not_be_read_says_nothing() {
    let unread = |wanted: fn(&AuditSource) -> bool| {
        play().forget(|row| row.student == "stu001").bend(|fact| {
            if let Fact::AuditRead { source, failed, .. } = fact
                && wanted(source)
            {
                *failed = Some("no primary".to_owned());
            }
        })
    };
    let database = unread(|source| matches!(source, AuditSource::PastAnswer { .. })).figures();
    assert_eq!(database.answers.unknown.as_deref(), Some("past_answer could not be read: no primary"));
    assert_eq!((database.answers.lost, database.answers.lost_share_upper_bound), (0, None));
    let log = unread(|source| *source == AuditSource::AnswerLog).figures();
    assert_eq!((log.answers.lost, log.answers.log_lines_expected), (2, 0));
    assert_eq!(log.unmeasured[0].why, "answer.log could not be read: no primary");
}

#[test]
fn a_window_without_an_acknowledged_submission_is_unknown() {
    let window = |story: Story| story.figures().windows[0].answers.clone();
    let refused = Story::freeze("").play(|ask| {
        let down = ask.step == Some(Step::Grade) && ask.ms < 51_000;
        if down { ask.error(ErrorClass::Status(503)) } else { ask.fine() }
    });
    let answers = window(refused.bend(|fact| {
        if let Fact::Request(request) = fact
            && request.submission.as_ref().is_some_and(|submission| submission.number == 1)
        {
            request.outcome = Outcome::Failed(ErrorClass::Status(503));
            request.submission.as_mut().unwrap().told = Told::Refused;
        }
    }));
    assert_eq!(answers.acknowledged, 0, "{answers:?}");
    assert_eq!(answers.unknown.as_deref(), Some("no submission was acknowledged in the window"));
}

/// The first student's review shows `answers`, of `version`.
fn shows(version: &str, answers: &[(u32, String)]) -> Answers {
    let shown = Shown { version: version.to_owned(), answers: answers.to_vec() };
    whole(&play().bend(|fact| {
        if let Fact::Request(request) = fact
            && request.student == "stu001"
            && request.step == Step::Review
        {
            request.shown = Some(shown.clone());
        }
    }))
}

#[test]
fn a_page_that_shows_an_earlier_answer_is_stale() {
    let now = shows(VERSION, &[(1, token(1, 2, 1)), (2, token(1, 3, 2))]);
    assert_eq!((now.stale, now.cases.len()), (0, 0));
    let old = shows(VERSION, &[(1, token(1, 1, 1)), (2, token(1, 2, 2)), (3, String::new())]);
    assert_eq!((old.stale, old.lost), (1, 0), "{old:?}");
    let tokens: Vec<_> = old.cases.iter().map(|case| (case.kind, case.number, case.tokens.len())).collect();
    assert_eq!(tokens, [(CaseKind::Stale, 2, 2)]);
    assert_eq!(shows("Quiz1,v2", &[(1, String::new())]).stale, 0, "another version");
}

#[test]
fn homework_is_audited_problem_by_problem() {
    let story = || Story::homework("").play(Ask::fine);
    let answers = whole(&story());
    let actions = story().plan.students.into_iter().flat_map(|student| student.actions);
    let sent = actions.filter(|action| action.step == Step::Grade).count() as u64;
    assert_eq!((answers.acknowledged, answers.lost, answers.cases.len()), (sent, 0, 0), "{answers:?}");
    assert_eq!((answers.log_lines_expected, answers.log_lines_lost), (sent, 0));
    // A problem that the first student submitted once, by a submission of it alone.
    let mut of_first: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for seen in &story().history {
        if let Fact::Request(request) = &seen.fact
            && let Some(sent) = request.submission.as_ref().filter(|_| request.student == "stu001")
        {
            assert_eq!(sent.tokens.len(), 1, "{sent:?}");
            of_first.entry(sent.tokens[0].0).or_default().push(sent.number);
        }
    }
    let once = of_first.into_iter().find_map(|(problem, sent)| (sent.len() == 1).then(|| (sent[0], problem)));
    let (number, problem) = once.expect("a problem that was submitted once");
    let lost = whole(&story().forget(|row| row.source == user() && is(row, number, problem)));
    assert_eq!((lost.lost, one(&lost, CaseKind::LostScore).number), (1, number));
    // Killed between the past answer and the score. A preview of homework stores nothing, so it explains nothing.
    let previewed = |one: &Observation| {
        let preview = |request: &Request| request.student == "stu001" && request.step == Step::Preview;
        matches!(&one.fact, Fact::Request(request) if preview(request))
    };
    assert!(story().history.iter().any(previewed), "the first student previews");
    for source in [user(), past()] {
        let half = told(story(), number, Told::Indeterminate);
        let half = whole(&half.forget(|row| row.source == source && is(row, number, problem)));
        assert_eq!((half.torn, half.lost), (1, 0), "{source:?}: {half:?}");
    }
    // Refused, and stored all the same.
    let refused = told(story(), number, Told::Refused).forget(|row| row.source == past() && is(row, number, problem));
    let refused = whole(&refused);
    assert_eq!((refused.phantom, one(&refused, CaseKind::Phantom).number), (1, number));
}
