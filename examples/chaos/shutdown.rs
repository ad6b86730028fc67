//! R8: SIGTERM with a thousand polls waiting and twenty streams running. The app ends within five seconds, and every poll
//! has its answer.

use std::time::Duration;

use futures::future::join_all;
use reqwest::StatusCode;
use tokio::time::sleep;

use crate::model_server::{ModelServer, Script};
use crate::world::{App, Folder, Learner, client, database, url};

const STREAMS: usize = 20;
const POLLS: usize = 1_000;
const ENDS_WITHIN: Duration = Duration::from_secs(5);

pub async fn run() -> String {
    let folder = Folder::new();
    let server = database(&folder).await;
    // The first card takes longer than this part.
    let model = ModelServer::start(Script {
        first_token: Duration::from_millis(100),
        tokens_per_second: 5.0,
        ..Script::default()
    })
    .await;
    let settings = [
        ("DATABASE_URL", url(&server.options())),
        ("AUTODECK_LLM_BASE_URL", model.base_url()),
        ("AUTODECK_WORKERS", STREAMS.to_string()),
    ];
    let app = App::start(&client(), None, &settings).await;
    let mut learners = Vec::new();
    for number in 0..STREAMS {
        learners.push(Learner::new(&app, &format!("Closing {number}")).await);
    }
    let polls = (0..POLLS).map(|nth| {
        let learner = learners[nth % STREAMS].clone();
        tokio::spawn(async move {
            let url = format!("{}/decks/{}/next?wait=30", learner.api, learner.deck);
            let asked = learner.http.get(url).bearer_auth(&learner.token).send();
            asked.await.map(|answer| answer.status())
        })
    });
    let polls: Vec<_> = polls.collect();
    sleep(Duration::from_secs(2)).await;
    let (took, status) = app.terminate().await;
    let answers = join_all(polls).await;
    server.stop().await.expect("a server that stops");
    let unanswered: Vec<_> = answers
        .iter()
        .filter(|answer| !matches!(answer, Ok(Ok(StatusCode::OK))))
        .collect();
    let streams = model.requests().len();
    assert!(streams >= STREAMS, "only {streams} streams ran");
    assert!(
        unanswered.is_empty(),
        "{} polls without an answer: {:?}",
        unanswered.len(),
        unanswered[0]
    );
    assert!(status.success(), "{status}");
    assert!(took <= ENDS_WITHIN, "it took {took:?}");
    format!(
        "R8: SIGTERM with {POLLS} polls and {STREAMS} streams: ended after {took:.2?}, every poll answered"
    )
}
