//! Everything that is kept of a learner, as one archive: JSON that is complete, and CSV for a spreadsheet.

use std::io::{Cursor, Write};

use anyhow::Context;
use serde_json::Value;
use tokio::sync::mpsc;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::Accounts;
use crate::db;
use crate::db::users::User;

/// What is in the archive, for whoever opens it.
const READ_ME: &str = "\
Everything that AutoDeck keeps of you.

json/   one file a table, one object a row, complete: settings, decks, cards with their schedule, every answer.
csv/    the same cards, answers and decks for a spreadsheet. A text that a spreadsheet would take for a formula
        has an apostrophe in front.

Times are in UTC. In reviews, rating is 1 again, 2 hard, 3 good, 4 easy; *_before is the card before the answer.
Passwords, sessions and tokens are kept as hashes only, and those are left out.
";

/// Tables that also come as CSV.
const AS_CSV: [&str; 3] = ["cards", "decks", "reviews"];

impl Accounts {
    /// The archive of a learner, a zip file. Packed on a thread of its own, table by table as they are read, so that
    /// years of answers keep nobody else waiting.
    ///
    /// # Errors
    /// Of the database; writing into memory does not fail.
    pub async fn archive(&self, user: &User) -> anyhow::Result<Vec<u8>> {
        let db = &self.study.db;
        let (tables, read) = mpsc::channel(1);
        let packed = tokio::task::spawn_blocking(move || pack(read));
        for table in db::archive::tables(db).await? {
            let mut rows = Vec::new();
            db::archive::rows(db, &table, user.user_id, |row| rows.push(row)).await?;
            if tables.send((table, rows)).await.is_err() {
                // The packer ended early: its error says why.
                break;
            }
        }
        drop(tables);
        packed.await.context("the thread that packs")?
    }
}

/// Writes tables with their rows into a zip file as they come.
fn pack(mut tables: mpsc::Receiver<(String, Vec<String>)>) -> anyhow::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    zip.start_file("README.txt", options)?;
    zip.write_all(READ_ME.as_bytes())?;
    while let Some((table, rows)) = tables.blocking_recv() {
        zip.start_file(format!("json/{table}.json"), options)?;
        zip.write_all(b"[\n")?;
        for (at, row) in rows.iter().enumerate() {
            zip.write_all(if at > 0 { b",\n" } else { b"" })?;
            zip.write_all(row.as_bytes())?;
        }
        zip.write_all(b"\n]\n")?;
        if AS_CSV.contains(&table.as_str()) {
            zip.start_file(format!("csv/{table}.csv"), options)?;
            zip.write_all(&csv_of(&rows)?)?;
        }
    }
    Ok(zip.finish()?.into_inner())
}

/// Rows as CSV with the columns of the first; JSON objects of one table have the same.
fn csv_of(rows: &[String]) -> anyhow::Result<Vec<u8>> {
    let mut out = csv::Writer::from_writer(Vec::new());
    for (at, row) in rows.iter().enumerate() {
        let row: serde_json::Map<String, Value> = serde_json::from_str(row)?;
        if at == 0 {
            out.write_record(row.keys())?;
        }
        out.write_record(row.values().map(cell))?;
    }
    Ok(out.into_inner()?)
}

/// What a spreadsheet may take for the beginning of a formula (OWASP, CSV injection), the wide signs of East Asian
/// keyboards among them.
const FORMULA_SIGNS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// A value as a spreadsheet reads it. A text from the model or a learner must not become a formula there; numbers may be
/// negative.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.starts_with(FORMULA_SIGNS) => format!("'{text}"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_does_not_become_a_formula_and_a_number_stays_one() {
        let rows = [r#"{"a":"=1+2","b":-3,"c":null,"d":"with \"quotes\", and\nlines"}"#.to_owned()];
        let text = String::from_utf8(csv_of(&rows).unwrap()).unwrap();
        assert_eq!(
            text,
            "a,b,c,d\n'=1+2,-3,,\"with \"\"quotes\"\", and\nlines\"\n"
        );
    }

    #[test]
    fn every_sign_that_begins_a_formula_is_disarmed() {
        for sign in FORMULA_SIGNS {
            let text = Value::String(format!("{sign}cmd|' /C calc'!A0"));
            assert!(cell(&text).starts_with('\''), "{sign:?}");
        }
        assert_eq!(cell(&Value::String("a=b".into())), "a=b");
    }

    #[test]
    fn a_table_without_rows_is_an_empty_file() {
        assert!(csv_of(&[]).unwrap().is_empty());
    }
}
