//! English, of privacy and terms.

use super::legal::{PrivacyTexts, TermsTexts};

/// Privacy.
pub const PRIVACY: PrivacyTexts = PrivacyTexts {
    title: "Privacy",
    kept: "What is kept",
    kept_detail: "Your decks and cards, each answer with its time, and your settings. A guest has no name; an account has a mail address, a password as a hash that cannot be turned back, and a name if you give one. For each browser that is signed in: when it began, when it was last used, and what it calls itself.",
    cookies: "One cookie keeps you signed in, one remembers your colours. No cookie follows you, nothing is loaded from other sites, and there is no advertising.",
    topic: "Who gets your topic",
    sent_before: "Cards are written by a language model:",
    sent_after: ". What you type as a topic, and any text you paste as material, is sent to whoever runs that model (nobody, if it runs on this machine itself). Your name, your address and your answers are not.",
    sent_to_nobody: "No language model is connected here: what you type goes to nobody.",
    shared: "Learners who type the same topic draw from the same cards. Those cards are shared; that you study them, your answers and your changes are not. Cards from material that you pasted are yours alone.",
    else_who: "Who else",
    mail_server: "Mails about your account go through a mail server that whoever runs this AutoDeck has chosen.",
    no_mail: "This AutoDeck sends no mail.",
    payments: "Payments are Stripe’s: your card’s number never comes here. Its record of you and of what you paid stays with it when you delete everything here.",
    logs: "What the server logs holds no topic, no address and no password. A request’s address counts towards limits as a hash, for some hours.",
    how_long: "How long",
    idle_guests: "A guest who stays away for 60 days is removed with all decks.",
    until_deleted: "Everything else is kept until you delete it.",
    take_out: "Take out everything",
    take_out_detail: "in the settings gives you all of it in one archive;",
    delete: "Delete everything",
    delete_detail: "removes all of it at once. What you said was wrong with a shared card still counts then, without a name.",
    questions: "Questions go to whoever runs this AutoDeck.",
};

/// Terms.
pub const TERMS: TermsTexts = TermsTexts {
    title: "Terms",
    get: "What you get",
    get_detail: "Decks that a language model writes, and a schedule for them. A model makes mistakes: check what matters to you, and report a card that is wrong. Do not rely on a card for health, law or money.",
    yours: "What is yours",
    yours_detail: "What you type, paste and change stays yours. Cards of a topic are shared with others who type the same topic; cards from material that you paste are not. You can take out everything and delete everything at any time.",
    not_right: "What is not all right",
    not_right_detail: "Pasting material that you may not use, topics that break the law, and taking more than your share on purpose. Too much at once is slowed down by itself. A model may decline a topic; the page says so.",
    paying: "Paying",
    paying_detail: "Studying what you have is free, for ever. A paid plan brings more new cards; you can end it at any time and keep it to the end of the time that is paid.",
    data_before: "How your data are treated stands under",
    privacy: "Privacy",
    data_after: ".",
};
