//! Configurations as users write them → what is predicted.

use super::*;

/// A prediction in one line.
fn told(text: &str, failure: Failure) -> String {
    let range = |from: Duration, to: Duration| format!("{}-{}", written(from), written(to));
    match predict(text, "web1", failure) {
        Prediction::Within { from, to, settings } => format!("{} ({settings})", range(from, to)),
        Prediction::Never { why, change, gives } => {
            format!("never: {why}; {change}: {}", gives.map_or("?".to_owned(), |gain| range(gain.from, gain.to)))
        }
        Prediction::NotModelled { why } => why,
    }
}

/// A backend `nodes` with these lines, and with `server` behind the server's address.
fn config(lines: &str, server: &str) -> String {
    format!(
        "defaults\n  mode http\nbackend nodes\n{lines}\n  server web1 10.0.0.1:80 {server}\n  server web2 10.0.0.2:80 check\n"
    )
}

fn check(text: &str, failure: Failure, expected: &str) {
    assert_eq!(told(text, failure), expected, "{failure:?} of:\n{text}");
}

#[test]
fn what_two_node_ships() {
    let text = config(
        "  timeout connect 3s\n  timeout check 3s\n  option httpchk\n  default-server check inter 2s fall 3 rise 2",
        "",
    );
    let settings = "(inter 2s fall 3 timeout check 3s timeout connect 3s)";
    check(&text, Failure::Unreachable, &format!("8s-12s {settings}"));
    check(&text, Failure::Refused, &format!("4s-6s {settings}"));
    check(&text, Failure::Silent, &format!("13s-15s {settings}"));
}

#[test]
fn without_a_word_of_times_haproxys_defaults_hold() {
    let text = config("option httpchk", "check");
    check(&text, Failure::Unreachable, "8s-12s (inter 2s fall 3)");
    check(&text, Failure::Refused, "4s-6s (inter 2s fall 3)");
    check(&text, Failure::Silent, "10s-12s (inter 2s fall 3)");
}

#[test]
fn a_timeout_shorter_than_the_connections_limit_may_take_up_to_the_latter() {
    let text =
        config("timeout connect 1s\ntimeout check 500\noption httpchk", "check inter 1000 fastinter 500ms fall 2");
    let settings = "(inter 1s fall 2 fastinter 500ms timeout check 500ms timeout connect 1s)";
    check(&text, Failure::Silent, &format!("1500ms-3500ms {settings}"));
    check(&text, Failure::Unreachable, &format!("1500ms-3500ms {settings}"));
    check(&text, Failure::Refused, &format!("500ms-1500ms {settings}"));
}

#[test]
fn a_connect_sees_no_frozen_node_and_the_change_says_what_it_would_give() {
    let blind = "never: the check only connects, and the kernel of a frozen node accepts; ";
    let change = "add `option httpchk` to backend `nodes`: 10s-12s";
    check(&config("", "check"), Failure::Silent, &format!("{blind}{change}"));
    check(&config("option tcp-check", "check"), Failure::Silent, &format!("{blind}{change}"));
    check(&config("option httpchk\nno option httpchk", "check"), Failure::Silent, &format!("{blind}{change}"));
    let slow = "add `option httpchk` to backend `nodes`: ?";
    check(&config("", "check inter 1m"), Failure::Silent, &format!("{blind}{slow}"));
    check(&config("", "check"), Failure::Refused, "4s-6s (inter 2s fall 3)");
}

#[test]
fn a_server_that_is_not_checked_is_never_found_down() {
    let unchecked = "never: server `web1` of backend `nodes` has no `check`; add `check` to its line: ";
    check(&config("", "weight 1"), Failure::Refused, &format!("{unchecked}4s-6s"));
    check(&config("default-server check", "no-check"), Failure::Unreachable, &format!("{unchecked}8s-12s"));
    check(&config("option httpchk", "cookie check"), Failure::Silent, &format!("{unchecked}10s-12s"));
    // The check that it would get sees no frozen node either.
    check(&config("", "weight 1"), Failure::Silent, &format!("{unchecked}?"));
}

#[test]
fn defaults_reach_the_proxies_after_them_or_those_that_name_them() {
    let text = "defaults slow\n  default-server inter 5s\ndefaults quick from slow\n  default-server fall 2\n\
                defaults\n  option httpchk\nlisten nodes from quick\n  bind :80\n  server web1 a:80 check\n";
    check(text, Failure::Refused, "5s-10s (inter 5s fall 2)");
    let text = "defaults\n  default-server inter 5s\n  timeout check 1s # late\ndefaults\nbackend nodes\n  server web1 a:80 check\n";
    check(text, Failure::Refused, "4s-6s (inter 2s fall 3)");
    let text = "backend nodes\n  server web1 a:80 check\n  default-server inter 5s\n  option httpchk # for all\n";
    check(text, Failure::Silent, "10s-12s (inter 2s fall 3)");
}

#[test]
fn several_backends_must_agree() {
    let two = |second: &str| {
        format!(
            "backend a\n  server web1 x:80 check\nbackend b\n  server web1 x:80 check {second}\nbackend c\n  server web2 x:80\n"
        )
    };
    check(&two(""), Failure::Refused, "4s-6s (inter 2s fall 3)");
    check(
        &two("").replace("x:80 check", "x:80"),
        Failure::Refused,
        "never: server `web1` of backend `a` has no `check`; add `check` to its line: 4s-6s",
    );
    check(&two("no-check"), Failure::Refused, "4s-6s (inter 2s fall 3)");
    check(&two("fall 2"), Failure::Refused, "`web1` is checked differently in backends a, b");
    check("backend a\n  server web9 x:80 check\n", Failure::Refused, "haproxy.cfg has no server `web1`");
    check("", Failure::Refused, "haproxy.cfg has no server `web1`");
}

#[test]
fn what_was_not_measured_is_not_modelled() {
    let outside = |server: &str, failure, expected: &str| check(&config("option httpchk", server), failure, expected);
    let refused = Failure::Refused;
    outside("check inter 100ms", refused, "inter 100ms is outside of 500ms to 10s, where the formula was measured");
    outside("check fall 1", refused, "fall 1 is outside of 2 to 5, where the formula was measured");
    outside("check fastinter 1", refused, "fastinter 1ms is outside of 300ms to 10s, where the formula was measured");
    outside(
        "check inter 10s",
        Failure::Silent,
        "a limit of 10s is outside of 200ms to 5s, where the formula was measured",
    );
    outside("check ssl verify none", refused, "`ssl`: the check begins with a TLS handshake");
    outside("check inter soon", refused, "haproxy.cfg: `inter soon` is no length of time");
    outside("check inter ${INTER}", refused, "haproxy.cfg: `inter ${INTER}` is no length of time");
    for word in ["send-proxy", "send-proxy-v2", "check-send-proxy"] {
        outside(&format!("check {word}"), refused, &format!("`{word}`: the check begins with the PROXY protocol"));
    }
    check(&config("default-server send-proxy", "check no-send-proxy"), refused, "4s-6s (inter 2s fall 3)");
    check(&config("default-server ssl", "check no-ssl"), refused, "4s-6s (inter 2s fall 3)");
    check(&config("option mysql-check user x", "check"), refused, "`option mysql-check` was not measured");
    check(&config("tcp-check expect string OK", "check"), refused, "`tcp-check` rules");
    let spread = format!("global\n  spread-checks 5\n{}", config("", "check"));
    check(&spread, refused, "`spread-checks`: the time between checks is drawn");
    let observed =
        "`observe`: requests of users may mark it down, too, and how many there are is not in the configuration";
    check(&config("", "check observe layer7"), refused, observed);
}
