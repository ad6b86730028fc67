//! The house's own rules, read off the files: who may import whom, where SQL lives, how a file begins and how long it is.
//!
//! Each rule is a function from a file to its complaints, and is shown a file that breaks it, so that it can fail.
// long: a rule after the other, each with what it allows.

use std::fs;
use std::path::{Path, PathBuf};

/// A file of the tree, by its path from the root with forward slashes.
struct File {
    path: String,
    text: String,
}

impl File {
    fn sample(path: &str, text: &str) -> File {
        File {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The room under src/: `web` of src/web/api/decks.rs, `config` of src/config.rs.
    fn room(&self) -> Option<&str> {
        let below = self.path.strip_prefix("src/")?;
        below.split(['/', '.']).next()
    }

    /// Lines of code with their numbers: no comments, and nothing from the file's unit tests on.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self
            .text
            .lines()
            .enumerate()
            .take_while(|(_, line)| !line.starts_with("#[cfg(test)]"));
        lines
            .map(|(at, line)| (at + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// A complaint for each line of code in which `wrong` sees something.
    fn code_where(&self, wrong: impl Fn(&str) -> Option<String>) -> Vec<String> {
        self.code()
            .filter_map(|(at, line)| Some(self.complaint(at, &wrong(line)?)))
            .collect()
    }

    /// A complaint for each line at all that holds one of `words`.
    fn lines_with(&self, words: &[&str]) -> Vec<String> {
        let found = |line: &str| words.iter().find(|word| line.contains(**word)).copied();
        let lines = self.text.lines().enumerate();
        lines
            .filter_map(|(at, line)| Some(self.complaint(at + 1, found(line)?)))
            .collect()
    }

    fn complaint(&self, line: usize, what: &str) -> String {
        format!("{}:{line}: {what}", self.path)
    }
}

/// What each room may import of ours. A room that is not here may import anything but `commands`.
const MAY_IMPORT: [(&str, &[&str]); 12] = [
    ("telemetry", &["telemetry"]),
    ("domain", &["domain"]),
    ("clock", &["clock"]),
    ("db", &["db", "domain", "clock"]),
    ("llm", &["llm", "domain", "clock"]),
    ("config", &["config", "llm", "domain"]),
    ("lifecycle", &["lifecycle"]),
    ("mail", &["mail", "domain", "config"]),
    (
        "accounts",
        &[
            "accounts", "billing", "study", "mail", "db", "domain", "config", "error",
        ],
    ),
    (
        "generator",
        &[
            "generator",
            "db",
            "llm",
            "domain",
            "clock",
            "config",
            "lifecycle",
            "telemetry",
        ],
    ),
    ("error", &["error", "db", "llm", "domain"]),
    (
        "billing",
        &[
            "billing", "db", "domain", "clock", "config", "error", "mail",
        ],
    ),
];

/// Names of ours that stand after `crate::`, also inside `crate::{a, b::c}`.
fn imports(line: &str) -> Vec<String> {
    let ends = |text: &str| {
        text.find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(text.len())
    };
    let mut found = Vec::new();
    for (at, before) in line.match_indices("crate::") {
        // `$crate::` and `other_crate::` are something else.
        if line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &line[at + before.len()..];
        match rest.strip_prefix('{') {
            Some(list) => found.extend(
                list.split(',')
                    .map(|one| one.trim()[..ends(one.trim())].to_owned()),
            ),
            None => found.push(rest[..ends(rest)].to_owned()),
        }
    }
    found
}

fn imports_run_one_way(file: &File) -> Vec<String> {
    let Some(room) = file
        .room()
        .filter(|room| !["commands", "main", "lib"].contains(room))
    else {
        return Vec::new();
    };
    let allowed = MAY_IMPORT
        .iter()
        .find(|(name, _)| *name == room)
        .map(|(_, allowed)| *allowed);
    file.code_where(move |line| {
        let wrong = imports(line)
            .into_iter()
            .find(|name| match (allowed, room) {
                (Some(allowed), _) => !allowed.contains(&name.as_str()),
                // They meet through rows and the wake-up.
                (None, "web") if name == "generator" => !line.contains("generator::wake"),
                (None, _) => name == "commands",
            });
        wrong.map(|name| format!("{room} may not import {name}"))
    })
}

fn the_domain_is_pure(file: &File) -> Vec<String> {
    const OUTSIDE: [&str; 10] = [
        "async fn",
        ".await",
        "tokio::",
        "sqlx::",
        "axum::",
        "reqwest::",
        "std::env",
        "std::fs",
        "Instant::now",
        "rand::rng",
    ];
    if file.room() != Some("domain") {
        return Vec::new();
    }
    file.code_where(|line| {
        let found = OUTSIDE.iter().find(|outside| line.contains(**outside));
        found.map(|outside| format!("the pure core uses {outside}"))
    })
}

fn sql_lives_in_db(file: &File) -> Vec<String> {
    const SQL: [&str; 8] = [
        "sqlx::query",
        "query!(",
        "query_as!(",
        "query_scalar!(",
        "\"select ",
        "\"insert into ",
        "\"delete from ",
        "\"with ",
    ];
    if file.room().is_none_or(|room| room == "db") {
        return Vec::new();
    }
    file.code_where(|line| {
        let found = SQL.iter().find(|sql| line.contains(**sql));
        found.map(|sql| format!("SQL outside db: {sql}"))
    })
}

fn a_file_says_first_what_it_is(file: &File) -> Vec<String> {
    let silent = file.is_rust() && !file.text.starts_with("//! ");
    Vec::from_iter(silent.then(|| file.complaint(1, "begins without a //! line")))
}

/// About 400 lines is the house's length; what is a little over is not worth a complaint.
const LONGEST: usize = 450;

fn a_long_file_says_why(file: &File) -> Vec<String> {
    let lines = file.text.lines().count();
    let long = file.is_rust() && lines > LONGEST && !file.text.contains("\n// long: ");
    Vec::from_iter(long.then(|| file.complaint(lines, "so long, and no `// long: reason`")))
}

fn nothing_is_left_lying_about(file: &File) -> Vec<String> {
    let words = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("#[", "ignore"),
        concat!("[", "allow("),
        concat!("dbg", "!("),
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
    ];
    if file.is_rust() {
        file.lines_with(&words)
    } else {
        Vec::new()
    }
}

fn unwrap_is_for_tests(file: &File) -> Vec<String> {
    if file.room().is_none() {
        return Vec::new();
    }
    file.code_where(|line| {
        line.contains(".unwrap()")
            .then(|| "unwrap() outside tests".to_owned())
    })
}

fn templates_leave_escaping_on(file: &File) -> Vec<String> {
    // The renderer's output has a type of its own that askama knows to be safe, so nobody needs the filter.
    let words = ["|safe", "| safe", "autoescape"];
    if file.path.starts_with("templates/") {
        file.lines_with(&words)
    } else {
        Vec::new()
    }
}

fn scripts_and_styles_are_files(file: &File) -> Vec<String> {
    // A mail has no files beside it.
    let is_page =
        file.path.starts_with("templates/") && !file.path.starts_with("templates/emails/");
    let words = ["<script>", "<style", " style=", " onclick=", " onload="];
    if is_page {
        file.lines_with(&words)
    } else {
        Vec::new()
    }
}

/// Paths and package mirrors of the machines we happen to build on, which mean nothing to anybody else.
fn nothing_names_our_machines(file: &File) -> Vec<String> {
    // In pieces, so that this file does not complain of itself.
    let words = [
        concat!("/wo", "rk/"),
        concat!("arti", "factory"),
        concat!("\"reso", "lved\": \"http"),
    ];
    file.lines_with(&words)
}

/// Folders whose paths the documents name in backticks.
const NAMED: [&str; 12] = [
    "src/",
    "tests/",
    "templates/",
    "assets/",
    "migrations/",
    "benches/",
    "fuzz/",
    "scripts/",
    "docs/",
    "examples/",
    ".ci/",
    "Makefile",
];

fn paths_in(text: &str) -> impl Iterator<Item = &str> {
    let spans = text.split('`').skip(1).step_by(2);
    spans.filter(|span| {
        NAMED.iter().any(|start| span.starts_with(start))
            && !span.contains(['*', '{', ' ', '…', '<'])
    })
}

fn named_paths_exist(file: &File) -> Vec<String> {
    let is_document = file.path.ends_with(".md") || file.path == "src/lib.rs";
    if !is_document || file.path.starts_with("tests/fixtures/") {
        return Vec::new();
    }
    let lost = paths_in(&file.text).filter(|path| !root().join(path).exists());
    lost.map(|path| format!("{}: there is no {path}", file.path))
        .collect()
}

/// The last migration that a release took something away with; the old version beside the new one lived through none of it.
const LAST_THAT_REMOVED: &str = "migrations/0055_card_texts.sql";

/// The old version runs beside the new one while it is replaced, so what it knows stays until the release after.
fn a_migration_only_adds(file: &File) -> Vec<String> {
    const REMOVES: [&str; 6] = [
        "drop table",
        "drop column",
        "drop trigger",
        "drop function",
        "rename ",
        "set not null",
    ];
    if !file.path.starts_with("migrations/") || file.path.as_str() <= LAST_THAT_REMOVED {
        return Vec::new();
    }
    file.lines_with(&REMOVES)
}

type Rule = fn(&File) -> Vec<String>;

/// Every rule, with the path and the text of files that break it.
const RULES: [(Rule, &[(&str, &str)]); 12] = [
    (
        imports_run_one_way,
        &[
            ("src/db/pool.rs", "use crate::web::Page;"),
            (
                "src/web/api/decks.rs",
                "    crate::generator::worker::run();",
            ),
            (
                "src/domain/card.rs",
                "use crate::{domain::level, db::pool};",
            ),
        ],
    ),
    (
        the_domain_is_pure,
        &[("src/domain/queue.rs", "pub async fn next() {}")],
    ),
    (
        sql_lives_in_db,
        &[("src/web/home.rs", "let n = \"select count(*) from cards\";")],
    ),
    (
        a_file_says_first_what_it_is,
        &[("src/web/home.rs", "use std::fmt;")],
    ),
    (a_long_file_says_why, &[("src/x.rs", LONG_TEXT)]),
    (
        nothing_is_left_lying_about,
        &[("tests/app/main.rs", concat!("//! x\n#[", "ignore]"))],
    ),
    (
        unwrap_is_for_tests,
        &[("src/llm/wire.rs", "let n = text.parse().unwrap();")],
    ),
    (
        templates_leave_escaping_on,
        &[(
            "templates/pages/study.html",
            "<p>{{ card.question | safe }}</p>",
        )],
    ),
    (
        scripts_and_styles_are_files,
        &[("templates/base.html", "<script>go()</script>")],
    ),
    (
        nothing_names_our_machines,
        &[("README.md", concat!("cd /wo", "rk/main"))],
    ),
    (named_paths_exist, &[("README.md", "See `src/nowhere.rs`.")]),
    (
        a_migration_only_adds,
        &[(
            "migrations/9000_tidier.sql",
            "alter table cards drop column flagged;",
        )],
    ),
];

/// A line more than [`LONGEST`].
const LONG_TEXT: &str = match std::str::from_utf8(&[b'\n'; LONGEST + 1]) {
    Ok(text) => text,
    Err(_) => panic!("line ends are UTF-8"),
};

#[test]
fn the_house_is_tidy() {
    let files = all_files(&root());
    assert!(
        files.iter().any(|file| file.path == "src/lib.rs"),
        "the files were found"
    );
    let complaints: Vec<String> = RULES
        .iter()
        .flat_map(|(rule, _)| files.iter().flat_map(rule))
        .collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn each_rule_complains_of_a_file_that_breaks_it() {
    for (rule, samples) in RULES {
        for (path, text) in samples {
            assert_eq!(rule(&File::sample(path, text)).len(), 1, "{path}: {text}");
        }
    }
}

#[test]
fn what_the_rules_allow_is_left_alone() {
    let fine = [
        (
            "src/web/home.rs",
            "//! x\nuse crate::generator::wake::Wake;\nuse crate::db::decks;",
        ),
        (
            "src/db/pool.rs",
            "//! x\n// crate::web is not ours\nlet rows = sqlx::query(\"select 1\");",
        ),
        (
            "src/llm/wire.rs",
            "//! x\nfn f() {}\n#[cfg(test)]\nmod tests { fn g() { None::<u8>.unwrap(); } }",
        ),
        (
            "templates/base.html",
            "<script src=\"/assets/study.js\" type=\"module\"></script>",
        ),
        ("README.md", "See `src/lib.rs` and `tests/*.rs`."),
    ];
    for (path, text) in fine {
        let file = File::sample(path, text);
        let complaints: Vec<String> = RULES.iter().flat_map(|(rule, _)| rule(&file)).collect();
        assert!(complaints.is_empty(), "{complaints:?}");
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All text files but those that are made, fetched, recorded or hidden.
fn all_files(folder: &Path) -> Vec<File> {
    const SKIPPED: [&str; 6] = [
        "target",
        "node_modules",
        "fixtures",
        "corpus",
        "artifacts",
        "coverage",
    ];
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)
        .expect("a folder of ours")
        .map(|entry| entry.expect("readable"))
    {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let hidden = name.starts_with('.') && ![".ci", ".cargo", ".sqlx"].contains(&name.as_str());
        if hidden || SKIPPED.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            found.extend(all_files(&path));
        } else if let Ok(text) = fs::read_to_string(&path) {
            let path = path
                .strip_prefix(root())
                .expect("below the root")
                .to_string_lossy()
                .replace('\\', "/");
            found.push(File { path, text });
        }
    }
    found
}
