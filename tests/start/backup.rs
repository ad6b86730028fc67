//! R14: what was dumped, while the app served, comes back.

use nix::sys::signal::Signal;

use crate::app::{DataDir, Serving, autodeck, finish};

/// A guest's token and id, out of the answer that made them.
fn guest(app: &Serving) -> (String, String) {
    let answer = app.ask("POST /api/v1/guests HTTP/1.1\r\n", "{}");
    let after = |key: &str| {
        let (_, rest) = answer.split_once(key).expect("a field");
        rest.split('"').next().expect("a text").to_owned()
    };
    (after("\"token\":\""), after("\"id\":\""))
}

fn me(app: &Serving, token: &str) -> String {
    app.ask(
        &format!("GET /api/v1/me HTTP/1.1\r\nAuthorization: Bearer {token}\r\n"),
        "",
    )
}

#[test]
fn a_backup_put_into_an_empty_database_holds_what_was_there() {
    let (from, to) = (DataDir::new(), DataDir::new());
    let path = from.0.join("cards.backup");
    let file = path.to_str().expect("a plain path");
    let app = Serving::start(&mut autodeck(&from.0, &["serve"]));
    let (token, id) = guest(&app);

    let (code, said, problem) = finish(&mut autodeck(&from.0, &["backup", file]));
    assert_eq!(code, 0, "{problem}");
    assert!(said.contains("Everything is in"), "{said}");
    let (code, _, problem) = finish(&mut autodeck(&from.0, &["backup", file]));
    assert_eq!(code, 1);
    assert!(problem.contains("nothing was overwritten"), "{problem}");
    app.signal(Signal::SIGTERM);
    app.ended();

    let (code, said, problem) = finish(&mut autodeck(&to.0, &["restore", file]));
    assert_eq!(code, 0, "{problem}");
    assert!(said.contains("is in the database"), "{said}");
    let (code, _, problem) = finish(&mut autodeck(&to.0, &["restore", file]));
    assert_eq!(code, 1);
    assert!(problem.contains("holds something already"), "{problem}");
    let app = Serving::start(&mut autodeck(&to.0, &["serve"]));
    let answer = me(&app, &token);
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains(&id),
        "{answer}"
    );
}

#[test]
fn a_file_that_is_no_backup_leaves_the_database_empty() {
    let data = DataDir::new();
    let path = data.0.join("notes.txt");
    std::fs::write(&path, "not a backup").expect("our own folder");
    let file = path.to_str().expect("a plain path");
    for _ in 0..2 {
        let (code, _, problem) = finish(&mut autodeck(&data.0, &["restore", file]));
        assert_eq!(code, 1);
        assert!(problem.contains("pg_restore failed"), "{problem}");
    }
}
