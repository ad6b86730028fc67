//! A learner's settings.

use askama::Template;
use askama_web::WebTemplate;

use super::views::{Buttons, Shell};

/// `/settings`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/settings.html")]
pub struct SettingsPage {
    /// Around the page.
    pub shell: Shell,
    /// IANA name, as typed.
    pub time_zone: String,
    /// Hour of the day, 0–23, at which a new day of study begins.
    pub rollover_hour: u8,
    /// Three or four.
    pub buttons: Buttons,
    /// Desired retention in per cent, 70–97.
    pub retention_percent: u8,
    /// They were saved just now.
    pub is_saved: bool,
    /// Why they were refused.
    pub problem: Option<String>,
}

impl SettingsPage {
    /// Whether the radio button for four is pressed.
    pub fn has_four_buttons(&self) -> bool {
        self.buttons == Buttons::Four
    }
}
