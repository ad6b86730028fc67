//! The one letter that billing writes: a year is about to be charged.

use crate::config::BaseUrl;
use crate::db::users::User;
use crate::domain::billing::Entitlement;
use crate::domain::email::EmailAddress;
use crate::mail::Letter;

/// The reminder of a yearly renewal; `None` where there is no address or no date.
pub fn renewal(user: &User, entitlement: &Entitlement, base_url: &BaseUrl) -> Option<Letter> {
    let to = EmailAddress::parse(user.email.as_deref()?).ok()?;
    let end = entitlement.subscription.as_ref()?.period_end?;
    let day = end
        .with_timezone(&user.study_days(end).time_zone)
        .format("%Y-%m-%d");
    let plan = entitlement.plan.title();
    let link = format!("{base_url}/plan");
    let (subject, text) = match user.language.as_deref() {
        Some("de") => (
            format!("Dein AutoDeck-Tarif {plan} verlängert sich am {day}"),
            format!(
                "Dein Jahrestarif {plan} verlängert sich am {day} um ein weiteres Jahr.\n\nWenn du das möchtest, ist \
                 nichts zu tun. Sonst kündige vorher mit zwei Klicks:\n\n{link}\n\nDeine Stapel und Antworten \
                 bleiben in jedem Fall deine.\n"
            ),
        ),
        _ => (
            format!("Your AutoDeck {plan} plan renews on {day}"),
            format!(
                "Your yearly {plan} plan renews on {day} for another year.\n\nIf that is what you want, there is \
                 nothing to do. If not, cancel before then, in two clicks:\n\n{link}\n\nYour decks and answers stay \
                 yours either way.\n"
            ),
        ),
    };
    Some(Letter {
        to,
        subject,
        text,
        stop_link: None,
    })
}
