//! All that is kept of a learner, as JSON, straight from the catalogue: a table that is added later is in it by itself.

use futures::TryStreamExt;
use sqlx::{AssertSqlSafe, PgPool};

use crate::domain::ids::UserId;

/// What is never handed out: secrets and their hashes are of no use to their owner, and of some to others.
const LEFT_OUT: [&str; 5] = [
    "password_hash",
    "session_hash",
    "token_hash",
    "link_hash",
    "stop_token",
];

/// The tables with rows of learners, by name; but for what a search made of a card's text, which says nothing that the
/// text does not.
pub async fn tables(pool: &PgPool) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"select c.table_name::text as "name!"
           from information_schema.columns c
                join information_schema.tables t using (table_schema, table_name)
           where c.table_schema = current_schema() and c.column_name = 'user_id' and t.table_type = 'BASE TABLE'
                 and c.table_name <> 'card_texts'
           order by 1"#
    )
    .fetch_all(pool)
    .await
}

/// Hands each row of a learner in `table` to `take`, as a JSON object without secrets.
///
/// # Errors
/// Of the database, and for a table that is not one of [`tables`].
pub async fn rows(
    pool: &PgPool,
    table: &str,
    user_id: UserId,
    mut take: impl FnMut(String),
) -> sqlx::Result<()> {
    let known = tables(pool).await?;
    let table = known
        .iter()
        .find(|name| *name == table)
        .ok_or(sqlx::Error::RowNotFound)?;
    // The name comes from the catalogue; quoted, it is an identifier whatever it holds.
    let name = format!("\"{}\"", table.replace('"', "\"\""));
    let statement = format!(
        "select (to_jsonb(t) - $2::text[])::text from {name} t where user_id = $1 order by to_jsonb(t)::text"
    );
    let mut rows = sqlx::query_scalar::<_, String>(AssertSqlSafe(statement))
        .bind(user_id)
        .bind(&LEFT_OUT[..])
        .fetch(pool);
    while let Some(row) = rows.try_next().await? {
        take(row);
    }
    Ok(())
}
