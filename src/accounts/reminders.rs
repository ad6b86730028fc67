//! Reminders on their way: whoever is due one gets a letter.

use super::Accounts;
use super::letters::{Occasion, write};
use crate::domain::email::EmailAddress;

impl Accounts {
    /// Sends the reminders that are due now. Call it about once a minute; several processes share the work. Returns how
    /// many letters went on their way.
    pub async fn send_reminders(&self) -> sqlx::Result<usize> {
        let reminders = self.study.claim_reminders().await?;
        for reminder in &reminders {
            let Ok(to) = EmailAddress::parse(&reminder.email) else {
                continue;
            };
            let stop = format!("/reminders/stop/{}", reminder.stop_token);
            let occasion = Occasion::Reminder {
                due: reminder.due,
                link: self.base_url.link("/study"),
                stop_link: self.base_url.link(&stop),
            };
            let language = reminder.language.as_deref().unwrap_or("en");
            self.mailer.post(write(&occasion, &to, language));
        }
        Ok(reminders.len())
    }
}
