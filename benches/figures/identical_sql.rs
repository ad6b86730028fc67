//! pgbench with the SQL that the app itself sends, taken from PostgreSQL's log of one answer.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, Either, Executor, PgConnection, SqlSafeStr, TypeInfo};
use uuid::Uuid;

use crate::answers::{CARDS, Learner};
use crate::postgres;
use crate::support::TestApp;

/// Scripts of pgbench, one a learner.
pub struct Scripts {
    folder: PathBuf,
    files: Vec<PathBuf>,
    /// Arguments before the database's name.
    arguments: Vec<String>,
    database: String,
}

impl Drop for Scripts {
    fn drop(&mut self) {
        // Left behind in the temporary folder they hurt nobody.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// One statement as PostgreSQL logged it.
#[derive(Debug)]
struct Logged {
    sql: String,
    /// By number, from 1; `None`: NULL.
    parameters: HashMap<usize, Option<String>>,
}

/// Every statement of one answer over HTTP, with each learner's own ids, a card of theirs at random and a new review id.
pub async fn of_an_answer(app: &TestApp, learners: &[Learner<'_>]) -> Scripts {
    let (review_id, statements) = statements_of(app, &learners[0]).await;
    assert!(
        statements
            .iter()
            .any(|one| one.sql.contains("insert into reviews")),
        "the log has no answer: {statements:?}"
    );
    let mut connection = PgConnection::connect_with(&app.db.connect_options())
        .await
        .expect("the database");
    let mut texts = Vec::new();
    for learner in learners {
        let mut script = format!("\\set n random(0, {})\n", CARDS - 1);
        for statement in &statements {
            script += &filled(
                &mut connection,
                statement,
                review_id,
                [&learners[0], learner],
            )
            .await;
            script += ";\n";
        }
        texts.push(script);
    }
    write(app, &texts, &["-M", "prepared"]).await
}

/// The read of `pgbench -S`, on tables of pgbench's own in a database of their own.
pub async fn select_only(app: &TestApp) -> Scripts {
    let database = "pgbench_select_only";
    app.db
        .execute(AssertSqlSafe(format!("create database {database}")))
        .await
        .expect("a database");
    let mut scripts = write(app, &[], &["-M", "prepared", "-S"]).await;
    scripts.database = database.into();
    succeed(app, &["-i", "-q", "-s", "10", database]);
    scripts
}

/// Transactions a second.
pub async fn rate(app: &TestApp, scripts: &Scripts, clients: usize, time: Duration) -> f64 {
    let mut arguments = vec!["-n".into(), "-c".into(), clients.to_string()];
    arguments.extend([
        "-j".into(),
        "2".into(),
        "-T".into(),
        time.as_secs().to_string(),
    ]);
    arguments.extend(scripts.arguments.clone());
    for file in &scripts.files {
        arguments.extend(["-f".into(), file.display().to_string()]);
    }
    arguments.push(scripts.database.clone());
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let said = succeed(app, &arguments);
    let failed = said
        .lines()
        .find_map(|line| line.strip_prefix("number of failed transactions: "));
    assert!(failed.is_none_or(|count| count.starts_with("0 ")), "{said}");
    let rate = said
        .lines()
        .find_map(|line| line.strip_prefix("tps = "))
        .unwrap_or_else(|| panic!("no rate: {said}"));
    rate.split_whitespace()
        .next()
        .and_then(|number| number.parse().ok())
        .expect("a number")
}

async fn write(app: &TestApp, texts: &[String], arguments: &[&str]) -> Scripts {
    let folder = postgres::data_dir("autodeck-pgbench");
    let mut files = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        let file = folder.join(format!("{number}.sql"));
        std::fs::write(&file, text).expect("our own folder");
        files.push(file);
    }
    let database: String = sqlx::query_scalar("select current_database()")
        .fetch_one(&app.db)
        .await
        .expect("a name");
    Scripts {
        folder,
        files,
        arguments: arguments.iter().map(|one| (*one).to_owned()).collect(),
        database,
    }
}

fn succeed(app: &TestApp, arguments: &[&str]) -> String {
    let options = app.db.connect_options();
    let socket = options.get_socket().expect("our own server has a socket");
    let bin = Command::new("pg_config").arg("--bindir").output();
    let bin = bin.map_or(String::new(), |out| {
        String::from_utf8_lossy(&out.stdout).trim().to_owned()
    });
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(PathBuf::from(bin).join("pgbench"))
        .args(["-h".as_ref(), socket.as_os_str()])
        .args(["-p", &options.get_port().to_string(), "-U", "autodeck"])
        .args(arguments)
        .output()
        .expect("pgbench comes with PostgreSQL");
    let said = String::from_utf8_lossy(&stdout).into_owned();
    assert!(
        status.success(),
        "{said}{}",
        String::from_utf8_lossy(&stderr)
    );
    said
}

/// Has PostgreSQL log all that one answer sends it.
async fn statements_of(app: &TestApp, learner: &Learner<'_>) -> (Uuid, Vec<Logged>) {
    let folder: String = sqlx::query_scalar("show data_directory")
        .fetch_one(&app.db)
        .await
        .expect("a setting");
    let log = PathBuf::from(folder).join("server.log");
    // The first answers prepare what later ones only run.
    for _ in 0..64 {
        learner.answer().await;
    }
    let set = async |statement: &'static str| {
        app.db
            .execute(statement)
            .await
            .expect("we rule this server");
        app.db
            .execute("select pg_reload_conf()")
            .await
            .expect("we rule this server");
        tokio::time::sleep(Duration::from_millis(500)).await;
    };
    set("alter system set log_statement = 'all'").await;
    let before = std::fs::metadata(&log).expect("the server's log").len();
    let review_id = learner.answer().await;
    // What was logged is written at once.
    let text = std::fs::read(&log).expect("the server's log");
    set("alter system reset log_statement").await;
    let text = String::from_utf8_lossy(&text[usize::try_from(before).expect("a short log")..])
        .into_owned();
    (review_id, read(&text))
}

/// Statements with their parameters, from the lines of a log.
fn read(text: &str) -> Vec<Logged> {
    // A line that goes on begins with a tab.
    let text = text.replace("\n\t", "\n\u{1}");
    let mut entries: Vec<String> = Vec::new();
    for line in text.lines() {
        match line.strip_prefix('\u{1}') {
            Some(rest) => {
                let last = entries.last_mut().expect("something that goes on");
                last.push('\n');
                last.push_str(rest);
            }
            None => entries.push(line.to_owned()),
        }
    }
    let mut statements: Vec<Logged> = Vec::new();
    for entry in entries {
        if let Some((_, said)) = entry.split_once("LOG:  ") {
            let sql = said.strip_prefix("statement: ").or_else(|| {
                said.strip_prefix("execute ")?
                    .split_once(": ")
                    .map(|(_, sql)| sql)
            });
            statements.extend(sql.map(|sql| Logged {
                sql: sql.trim_end_matches(';').to_owned(),
                parameters: HashMap::new(),
            }));
        } else if let Some((_, said)) = entry.split_once("DETAIL:  ")
            && let Some(last) = statements.last_mut()
        {
            last.parameters = parameters(said);
        }
    }
    statements
}

/// `parameters: $1 = 'text', $2 = NULL`.
fn parameters(said: &str) -> HashMap<usize, Option<String>> {
    let mut found = HashMap::new();
    let mut rest = said;
    while let Some((_, after)) = rest.split_once('$') {
        let Some((number, value)) = after.split_once(" = ") else {
            break;
        };
        let number = number.parse().expect("a parameter's number");
        if let Some(after) = value.strip_prefix("NULL") {
            found.insert(number, None);
            rest = after;
            continue;
        }
        let value = value.strip_prefix('\'').expect("a text in quotes");
        let mut text = String::new();
        let mut letters = value.char_indices().peekable();
        let mut end = value.len();
        while let Some((at, letter)) = letters.next() {
            if letter == '\'' {
                if letters.peek().is_none_or(|(_, next)| *next != '\'') {
                    end = at + 1;
                    break;
                }
                letters.next();
            }
            text.push(letter);
        }
        found.insert(number, Some(text));
        rest = &value[end..];
    }
    found
}

/// The statement with its parameters written in, as `to` would have sent it.
async fn filled(
    connection: &mut PgConnection,
    statement: &Logged,
    review_id: Uuid,
    [from, to]: [&Learner<'_>; 2],
) -> String {
    if statement.parameters.is_empty() {
        return statement.sql.clone();
    }
    let described = connection
        .describe(AssertSqlSafe(statement.sql.clone()).into_sql_str())
        .await
        .expect("it was run a moment ago");
    let Some(Either::Left(types)) = described.parameters() else {
        panic!("PostgreSQL knows its parameters' types");
    };
    let mut sql = statement.sql.clone();
    // From the last, so that $1 is not found in $12.
    for number in (1..=types.len()).rev() {
        let kind = types[number - 1].name();
        let value = match &statement.parameters[&number] {
            None => format!("null::{kind}"),
            Some(text) => to.literal(from, review_id, text, kind),
        };
        sql = sql.replace(&format!("${number}"), &value);
    }
    sql
}
