//! Subjects, shared by all who study them.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

use crate::domain::ids::TopicId;

/// A row of `topics`.
#[derive(Debug, Clone)]
pub struct Topic {
    /// Key.
    pub topic_id: TopicId,
    /// A BCP-47 tag, or empty for the language in which the topic was typed.
    pub language: String,
    /// As the first learner typed it.
    pub title: String,
}

/// The topic with this language and key, made with `new_topic_id` if there is none.
pub async fn find_or_insert(
    db: impl PgExecutor<'_>,
    new_topic_id: TopicId,
    language: &str,
    key: &str,
    title: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<TopicId> {
    // The update changes nothing; it makes the row that stood there come back.
    sqlx::query_scalar!(
        "insert into topics (topic_id, language, key, title, created_at) values ($1, $2, $3, $4, $5)
         on conflict on constraint topics_language_key do update set key = excluded.key
         returning topic_id",
        new_topic_id,
        language,
        key,
        title,
        now,
    )
    .fetch_one(db)
    .await
}

/// One topic.
pub async fn find(db: impl PgExecutor<'_>, topic_id: TopicId) -> sqlx::Result<Option<Topic>> {
    sqlx::query_as!(
        Topic,
        "select topic_id, language, title from topics where topic_id = $1",
        topic_id
    )
    .fetch_optional(db)
    .await
}
