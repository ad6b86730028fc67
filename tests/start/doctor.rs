//! `autodeck doctor` and `autodeck migrate`, from outside.

use crate::app::{DataDir, Serving, autodeck, finish};

fn line<'a>(said: &'a str, what: &str) -> &'a str {
    said.lines()
        .find(|line| line.starts_with(what))
        .unwrap_or_else(|| panic!("no line on {what}: {said}"))
}

#[test]
fn doctor_has_a_line_for_each_thing_and_leaves_no_server_behind() {
    let data = DataDir::new();
    let (_, said, _) = finish(&mut autodeck(&data.0, &["doctor"]));
    assert!(line(&said, "database").contains(" ok "), "{said}");
    assert!(line(&said, "database").contains("durable"), "{said}");
    assert!(line(&said, "payments").contains(" off "), "{said}");
    assert!(line(&said, "mail").contains("SMTP_URL"), "{said}");
    assert_eq!(data.postmaster(), None);
}

#[test]
fn doctor_and_migrate_work_beside_a_serving_app() {
    let data = DataDir::new();
    let app = Serving::start(&mut autodeck(&data.0, &[]));
    let (_, said, _) = finish(&mut autodeck(&data.0, &["doctor"]));
    assert!(
        line(&said, "database").contains(&format!("run by process {}", app.pid())),
        "{said}"
    );
    assert!(
        line(&said, "database").contains("schema of this build"),
        "{said}"
    );
    let (code, said, _) = finish(&mut autodeck(&data.0, &["migrate"]));
    assert_eq!(code, 0, "{said}");
    assert!(app.get("/healthz").starts_with("HTTP/1.1 200"));
}

#[test]
fn a_database_that_does_not_answer_is_a_problem_with_a_next_step() {
    let data = DataDir::new();
    let mut command = autodeck(&data.0, &["doctor"]);
    // Port 1 of this machine: nobody listens there.
    command.env("DATABASE_URL", "postgres://ada:hunter2@127.0.0.1:1/cards");
    let (code, said, logged) = finish(&mut command);
    assert_eq!(code, 1);
    assert!(line(&said, "database").contains("PROBLEM"), "{said}");
    assert!(line(&said, "database").contains("DATABASE_URL"), "{said}");
    assert!(!said.contains("hunter2") && !logged.contains("hunter2"));
}
