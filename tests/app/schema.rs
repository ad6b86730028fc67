//! What lets the database grow past one machine, read off the schema and the recorded queries: a learner's rows lie
//! together, and no statement looks at two learners'.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::TestApp;

/// Found by keys of their own, and why (product.md): these need not begin with user_id.
const FOUND_BY_OTHER_KEYS: &[(&str, &str)] = &[
    ("users", "the learner's own row; a reference table"),
    ("sessions", "found by the cookie's hash"),
    ("api_tokens", "found by the token's hash"),
    ("mail_links", "found by the hash of the token in the link"),
    (
        "pool_card_objections",
        "lies with the pool, which counts them",
    ),
];

/// Tables with a learner's column, and the first column of their key.
async fn keys_of_learners_tables(app: &TestApp) -> Vec<(String, String)> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select c.relname::text, first.attname::text
         from pg_class c
         join pg_attribute owner on owner.attrelid = c.oid and owner.attname = 'user_id'
         join pg_index i on i.indrelid = c.oid and i.indisprimary
         join pg_attribute first on first.attrelid = c.oid and first.attnum = i.indkey[0]
         where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
         order by 1",
    )
    .fetch_all(&app.db)
    .await
    .expect("the catalogue");
    assert!(rows.len() >= 6, "{rows:?}");
    rows
}

fn is_found_by_another_key(table: &str) -> bool {
    FOUND_BY_OTHER_KEYS.iter().any(|(name, _)| *name == table)
}

#[tokio::test]
async fn every_table_of_a_learner_has_them_first_in_its_key() {
    let app = TestApp::start().await;
    for (table, first) in keys_of_learners_tables(&app).await {
        assert!(
            first == "user_id" || is_found_by_another_key(&table),
            "{table}: its key begins with {first}"
        );
    }
}

#[tokio::test]
async fn every_table_of_a_learner_has_its_place_on_citus() {
    let app = TestApp::start().await;
    let placed = include_str!("../../docs/citus.sql");
    let words: Vec<&str> = placed
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .collect();
    for (table, _) in keys_of_learners_tables(&app).await {
        assert!(
            words.contains(&table.as_str()),
            "docs/citus.sql does not name {table}"
        );
    }
}

#[tokio::test]
async fn no_recorded_query_looks_at_two_learners() {
    let app = TestApp::start().await;
    let tables: Vec<String> = keys_of_learners_tables(&app)
        .await
        .into_iter()
        .map(|(table, _)| table)
        .filter(|table| !is_found_by_another_key(table))
        .collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".sqlx");
    let mut checked = 0;
    for entry in fs::read_dir(folder).expect("the recorded queries") {
        let text = fs::read_to_string(entry.expect("a file").path()).expect("text");
        let recorded: Value = serde_json::from_str(&text).expect("JSON");
        let query = recorded["query"].as_str().expect("a query").to_lowercase();
        let touched = tables.iter().find(|table| names(&query, table));
        if let Some(table) = touched {
            checked += 1;
            assert!(
                query.contains("user_id") || query.contains("-- all learners:"),
                "of {table}, without its learner:\n{query}"
            );
        }
    }
    assert!(checked >= 20, "{checked} queries");
}

/// Whether a statement reads or writes a table.
fn names(query: &str, table: &str) -> bool {
    ["from", "join", "into", "update"].iter().any(|verb| {
        query.split(verb).skip(1).any(|rest| {
            rest.trim_start()
                .strip_prefix(table)
                .is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    })
}
