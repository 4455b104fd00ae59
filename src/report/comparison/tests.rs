//! The comparison in every format.

use super::*;
use crate::compare::sample::{alarms, five, limping, never, noticed, of, row, unwatched};

#[test]
fn every_line_has_a_row_and_what_is_not_known_is_no_zero() {
    insta::assert_snapshot!(markdown::render(&five()), @r"
    # health-checks: What a health check makes of it

    Topology two-node, seed 7.

    **Recommended for two-node: --set check=content --set inter=2s. Of 3 settings judged, it noticed every fault that any of them noticed, but for oom web.any, where a check that comes at the right moment meets a node that still answers now and then, and it called no sound node down; no other stands as well; it left users failing unnoticed for 15.3 s in all.**

    | check | freeze web.any | oom web.any | disk-fill storage.courses | Without a fault | By the rule |
    |---|---|---|---|---|---|
    | tcp<br>inter=2s | detected: never (balancer)<br>blind: at least 19.8 s, never detected<br>failover: not within 20 s | detected: never (balancer)<br>blind: at least 900 ms, never detected<br>failover: no outage | detected: no detector<br>blind: none<br>failover: no outage | no false alarm<br>class in the rush: 25% (10 of 40) failed | never noticed freeze web.any |
    | content<br>inter=2s | detected: 13.9 s (balancer)<br>blind: 13.9 s<br>failover: 14.1 s | detected: never (balancer)<br>blind: at least 1.4 s, never detected<br>failover: no outage | detected: no detector<br>blind: none<br>failover: no outage | no false alarm<br>class in the rush: 25% (10 of 40) failed | recommended |
    | content<br>inter=500ms | detected: 3.1 s (balancer)<br>blind: 3.1 s<br>failover: 3.3 s | detected: 1.2 s (balancer)<br>blind: 1.2 s<br>failover: 1.4 s | detected: no detector<br>blind: none<br>failover: no outage | 3 false alarms<br>all nodes out: 4.2 s<br>class in the rush: 25% (10 of 40) failed | 3 false alarms |
    | static<br>inter=2s | unknown (void: web1 was never seen to be paused) | detected: never (balancer)<br>blind: at least 1.3 s, never detected<br>failover: no outage | detected: no detector<br>blind: none<br>failover: no outage | no false alarm<br>class in the rush: 25% (10 of 40) failed | not judged: freeze web.any: detection not measured (the window is void) |
    | static<br>inter=500ms | unknown (the cluster did not come up: no answer) | unknown (the cluster did not come up: no answer) | unknown (the cluster did not come up: no answer) | unknown (the cluster did not come up: no answer) | not judged: the cluster did not come up: no answer |

    - Each cell is one draw: a fault that comes at another moment between two checks is noticed sooner or later by as much as lies between them. `--repeat 3` gives the slowest of three.
    - The rush was 60 students for 25 s on this machine: a larger one may bring false alarms where there were none.
    - The app was stand-in (not WeBWorK), with its settings as in the reports of the runs.

    | settings | run |
    |---|---|
    | tcp inter=2s | reports/health/tcp-2s |
    | content inter=2s | reports/health/content-2s |
    | content inter=500ms | reports/health/content-500ms |
    | static inter=2s | reports/health/static-2s |
    | static inter=500ms | reports/health/static-500ms |
    ");
}

#[test]
fn the_same_for_a_terminal_within_its_width() {
    let text = terminal::render(&five(), 140);
    assert!(text.lines().all(|line| line.chars().count() <= 140), "{text}");
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(&words::recommendation(&five())), "{text}");
    assert!(text.contains(" 20 s"), "a number stays with its unit:\n{text}");
}

#[test]
fn every_file_of_a_comparison_holds_every_row() {
    for file in FILES {
        let text = String::from_utf8((file.render)(&five()).unwrap()).unwrap();
        for row in &five().rows {
            let run = row.run.clone().unwrap();
            assert!(text.contains(&run), "{}: {run}", file.name);
        }
    }
    let read: Comparison = serde_json::from_slice(&(FILES[2].render)(&five()).unwrap()).unwrap();
    assert_eq!(read, five());
}

#[test]
fn what_is_recommended_for_want_of_better_says_so() {
    let blind =
        |check: &str, count| row(check, "2s", vec![never(19_000), never(800), unwatched()], alarms(count, count * 500));
    let said = words::recommendation(&of(vec![blind("tcp", 2), blind("static", 3)]));
    assert!(
        said.contains("gave 2 false alarms (all nodes out for 1 s), and none that noticed as much gave fewer"),
        "{said}"
    );
    assert!(
        said.starts_with("The least harmful for two-node: ") && said.contains(" come before a quiz of this size."),
        "{said}"
    );
    let quiet = row("content", "2s", vec![never(19_000), never(800), unwatched()], alarms(0, 0));
    let seeing = row("static", "2s", vec![noticed(9_000), never(800), unwatched()], alarms(3, 1500));
    let said = words::recommendation(&of(vec![quiet, seeing]));
    assert!(said.starts_with("The least harmful for two-node: --set check=static"), "{said}");
    assert!(said.contains("; --set check=content --set inter=2s gave none, and never noticed "), "{said}");
    let limps = row("content", "2s", vec![noticed(13_000), limping(800), unwatched()], alarms(0, 0));
    let lucky = row("static", "2s", vec![noticed(2_000), noticed(4_000), unwatched()], alarms(7, 1500));
    let said = words::recommendation(&of(vec![limps, lucky]));
    assert!(said.starts_with("Recommended for two-node: --set check=content"), "{said}");
    assert!(
        said.contains("that any of them noticed, but for oom web.any, where a check that comes at the right moment"),
        "{said}"
    );
    let untried = Comparison { windows: Vec::new(), ..five() };
    let said = words::recommendation(&untried);
    assert!(said.contains("none met a fault, so nothing is known of what it would notice"), "{said}");
    assert_eq!(words::recommendation(&of(Vec::new())).split(':').next(), Some("No setting is recommended"));
}
