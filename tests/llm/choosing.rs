//! From settings to a model that answers, and what `doctor` says of it.

use autodeck::llm::{Chosen, LlmSettings, ModelErrorKind, Provider, Timeouts, choose};

use crate::model_server::{ModelServer, Script, surroundings};
use crate::support::ask;

async fn chosen(env: &[(&str, &str)]) -> Chosen {
    let mut problems = Vec::new();
    let lookup = |name: &str| {
        env.iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| (*value).to_owned())
    };
    let settings = LlmSettings::from_env(&lookup, &mut problems);
    assert_eq!(problems, Vec::<String>::new());
    choose(&settings, surroundings(Timeouts::default())).await
}

fn models(names: &[&str]) -> Script {
    Script {
        models: names.iter().map(|name| (*name).to_owned()).collect(),
        ..Script::default()
    }
}

#[tokio::test]
async fn without_settings_ollama_is_taken_if_it_listens_with_its_newest_writer() {
    let ollama = ModelServer::start(models(&[
        "nomic-embed-text:latest",
        "qwen3:4b",
        "llama3:8b",
    ]))
    .await;
    let host = ollama.base_url();
    let chosen = chosen(&[("OLLAMA_HOST", host.trim_end_matches("/v1"))]).await;
    let model = chosen.model.expect("Ollama listens");
    assert_eq!(
        (model.name(), model.provider()),
        ("qwen3:4b", Provider::Ollama)
    );
    assert!(chosen.why.contains("Ollama is listening"), "{}", chosen.why);
    ask(&model, "a").await.end.unwrap();
    assert_eq!(ollama.requests()[0].body["reasoning_effort"], "none");
}

#[tokio::test]
async fn nobody_there_is_said_with_what_to_do() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    let nobody = chosen(&[("OLLAMA_HOST", &closed)]).await;
    assert_eq!(nobody.model.is_some(), cfg!(feature = "local-model"));
    for words in [closed.as_str(), "built-in"] {
        assert!(nobody.why.contains(words), "{}", nobody.why);
    }
    let empty = ModelServer::start(models(&["mxbai-embed-large"])).await;
    let empty = chosen(&[("OLLAMA_HOST", empty.base_url().trim_end_matches("/v1"))]).await;
    assert!(
        empty.model.is_none() && empty.why.contains("ollama pull"),
        "{}",
        empty.why
    );
    let local = chosen(&[("AUTODECK_LLM", "local")]).await;
    assert!(local.why.contains("built-in model"), "{}", local.why);
}

#[tokio::test]
async fn a_server_of_ones_own_is_asked_which_model_it_has() {
    let server = ModelServer::start(models(&["mistral-small"])).await;
    let listed = chosen(&[("AUTODECK_LLM_BASE_URL", &server.base_url())]).await;
    assert_eq!(listed.model.unwrap().name(), "mistral-small");
    let silent = ModelServer::start(models(&[])).await;
    let silent = chosen(&[("AUTODECK_LLM_BASE_URL", &silent.base_url())]).await;
    assert_eq!(silent.model.unwrap().name(), "default");
    assert!(silent.why.contains("AUTODECK_LLM_MODEL"), "{}", silent.why);
}

#[tokio::test]
async fn a_key_alone_chooses_its_provider_and_nothing_is_sent_to_it() {
    for (variable, provider) in [
        ("OPENAI_API_KEY", Provider::OpenAi),
        ("ANTHROPIC_API_KEY", Provider::Anthropic),
        ("GROQ_API_KEY", Provider::Groq),
        ("OPENROUTER_API_KEY", Provider::OpenRouter),
    ] {
        let env = [(variable, "k"), ("AUTODECK_LLM_PRO_MODEL", "big")];
        let chosen = chosen(&env).await;
        assert_eq!(chosen.model.unwrap().provider(), provider);
        assert_eq!(chosen.pro_model.unwrap().name(), "big");
        assert!(
            chosen.why.contains(&format!("{variable} is set")) && !chosen.why.contains(" k "),
            "{}",
            chosen.why
        );
    }
}

#[tokio::test]
async fn a_check_tells_a_good_key_and_model_from_bad_ones() {
    let server = ModelServer::start(Script {
        key: Some("right".to_owned()),
        ..models(&["replay", "qwen3:latest"])
    })
    .await;
    let check = async |settings: &[(&str, &str)]| {
        server
            .client_with(settings, Timeouts::default())
            .check()
            .await
    };
    for format in ["openai", "anthropic", "ollama"] {
        let wrong = check(&[("AUTODECK_LLM", format)]).await.unwrap_err();
        assert_eq!(wrong.kind, ModelErrorKind::Auth, "{format}");
        let key = ("AUTODECK_LLM_API_KEY", "right");
        let good = check(&[("AUTODECK_LLM", format), key]).await.unwrap();
        assert!(
            good.starts_with("Reached ") && good.ends_with("; the model is replay."),
            "{good}"
        );
        let other = check(&[
            ("AUTODECK_LLM", format),
            key,
            ("AUTODECK_LLM_MODEL", "gpt-2"),
        ])
        .await;
        match format {
            // A server of one's own may go by another name.
            "openai" => assert!(
                other
                    .unwrap()
                    .contains("it lists replay, qwen3:latest, not \"gpt-2\"")
            ),
            _ => assert_eq!(
                other.unwrap_err().kind,
                ModelErrorKind::NotFound {
                    model: "gpt-2".to_owned()
                }
            ),
        }
    }
    let tagless = [
        ("AUTODECK_LLM", "ollama"),
        ("AUTODECK_LLM_API_KEY", "right"),
        ("AUTODECK_LLM_MODEL", "qwen3"),
    ];
    assert!(check(&tagless).await.is_ok());
    assert!(server.requests().is_empty(), "a check asks for no text");
}

#[tokio::test]
#[cfg(feature = "local-model")]
async fn the_built_in_model_is_chosen_before_its_file_is_here_and_writes_only_after() {
    let local = chosen(&[("AUTODECK_LLM", "local")]).await;
    assert!(local.why.contains("`autodeck model pull`"), "{}", local.why);
    assert!(!*local.ready().borrow());
    let model = local.model.expect("built with the feature");
    assert_eq!(
        (model.name(), model.provider()),
        ("local/qwen2.5-coder-1.5b", Provider::Local)
    );
    let refused = model.check().await.unwrap_err();
    assert!(
        refused.sentence().contains("is not on this machine yet"),
        "{refused}"
    );

    let unknown = chosen(&[("AUTODECK_LLM", "local"), ("AUTODECK_LLM_MODEL", "gpt-9")]).await;
    assert!(
        unknown.model.is_none() && unknown.why.contains("\"gpt-9\""),
        "{}",
        unknown.why
    );
}

#[tokio::test]
#[cfg(not(feature = "local-model"))]
async fn a_build_without_the_built_in_model_says_how_to_get_one_that_has_it() {
    let local = chosen(&[("AUTODECK_LLM", "local")]).await;
    assert!(local.model.is_none());
    assert!(
        local.why.contains("built without") && local.why.contains("make build"),
        "{}",
        local.why
    );
}
