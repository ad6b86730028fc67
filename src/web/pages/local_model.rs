//! Which model writes the cards, and the built-in one's download: what to do where none is connected.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::form::see;
use super::views::Shell;
use crate::domain::prompt::Prompt;
use crate::domain::supply;
use crate::error::{Error, Result};
use crate::llm::local::{LocalFault, LocalModels, LocalState};
use crate::study::decks::START_LEVEL;
use crate::web::LocalDesk;
use crate::web::render::{SafeHtml, render};

/// `/model`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/model.html")]
pub struct ModelPage {
    /// Around the page.
    pub shell: Shell,
    /// A few words.
    pub title: &'static str,
    /// What is the case.
    pub detail: String,
    /// The download, while it runs.
    pub progress: Option<ProgressView>,
    /// What the button says that fetches the built-in model; `None`: there is nothing to fetch, or not by this learner.
    pub offer: Option<String>,
    /// The built-in model is in use.
    pub is_small: bool,
}

impl ModelPage {
    /// With commands as code.
    fn detail_html(&self) -> SafeHtml {
        render(&self.detail)
    }
}

/// A running download.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgressView {
    /// 0–100.
    pub percent: u64,
    /// `482 MB of 1.1 GB`.
    pub words: String,
}

/// `GET /model`.
pub async fn show(State(local): State<LocalDesk>, shell: Shell) -> ModelPage {
    // What hindered it may be over by now: the next look tells.
    if let Some(models) = &local.models {
        models.warm(Prompt::before_the_topic(START_LEVEL, supply::BATCH.into()));
    }
    page(&local, shell)
}

/// `POST /model/pull`: begins to fetch the built-in model.
pub async fn pull(State(local): State<LocalDesk>) -> Result<Response> {
    if !local.is_private {
        return Err(Error::Forbidden(
            "Only the operator fetches models: `autodeck model pull` on the server.".into(),
        ));
    }
    // What is wrong shows on the page that follows; where another model writes, that page says so.
    if let Some(Err(fault)) = local.models.as_ref().map(LocalModels::begin_pull) {
        tracing::warn!(%fault, "the built-in model cannot be fetched");
    }
    Ok(see("/model").into_response())
}

fn page(local: &LocalDesk, shell: Shell) -> ModelPage {
    let words = shell.words();
    let (say, told) = (&words.model, &words.models);
    let page = ModelPage {
        shell,
        title: say.title,
        detail: (told.why)(&local.why),
        progress: None,
        offer: None,
        is_small: false,
    };
    let Some(models) = &local.models else {
        return page;
    };
    let name = models.known().map_or(say.own_file, |(model, _)| model.name);
    let offer = || {
        models
            .known()
            .filter(|_| local.is_private)
            .map(|(model, _)| model)
    };
    match (models.state(), models.trouble()) {
        (LocalState::Ready, Some(fault)) => ModelPage {
            title: say.cannot_write,
            offer: offer()
                .filter(|_| matches!(fault, LocalFault::Damaged(_)))
                .map(|model| (told.take_again)(model.bytes)),
            detail: (told.fault)(&fault),
            ..page
        },
        (LocalState::Ready, None) => ModelPage {
            title: say.writes,
            detail: (told.runs)(name),
            is_small: true,
            ..page
        },
        (LocalState::Pulling(progress), _) => ModelPage {
            title: say.on_its_way,
            detail: say.goes_on.into(),
            progress: Some(ProgressView {
                percent: progress.percent(),
                words: (told.progress)(&progress),
            }),
            ..page
        },
        (LocalState::Missing(fault), _) => ModelPage {
            title: say.not_connected,
            detail: (told.fault)(&fault),
            offer: offer().map(|model| (told.take)(model.bytes)),
            ..page
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::local::{KnownModel, LocalModels, ModelFile, Origins};
    use crate::web::words::Language;

    fn desk(is_private: bool) -> (LocalDesk, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let file = ModelFile::Known {
            model: KnownModel::default_model(),
            folder: folder.path().to_owned(),
        };
        let desk = LocalDesk {
            models: Some(LocalModels::new(file, Origins::default())),
            is_private,
            why: String::new(),
        };
        (desk, folder)
    }

    #[test]
    fn whoever_has_no_model_is_offered_the_built_in_one_with_its_size() {
        let (desk, _folder) = desk(true);
        let page = page(&desk, Shell::default());
        assert_eq!(
            page.offer.as_deref(),
            Some("Use the built-in model (1.1 GB)")
        );
        let german = Shell {
            language: Language::German,
            ..Shell::default()
        };
        let in_german = super::page(&desk, german);
        assert_eq!(
            in_german.offer.as_deref(),
            Some("Das eingebaute Modell nehmen (1,1 GB)")
        );
        let html = page.render().unwrap();
        assert!(
            html.contains("action=\"/model/pull\"") && html.contains("OPENAI_API_KEY"),
            "{html}"
        );
    }

    #[tokio::test]
    async fn where_strangers_open_pages_nobody_starts_a_download() {
        let (desk, _folder) = desk(false);
        assert_eq!(page(&desk, Shell::default()).offer, None);
        assert!(matches!(pull(State(desk)).await, Err(Error::Forbidden(_))));
    }
}
