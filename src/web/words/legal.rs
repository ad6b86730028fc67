//! Which texts the pages of privacy and terms have: a paragraph each.

texts! {
    /// What is kept, of whom, and for how long.
    PrivacyTexts {
        title, kept, kept_detail, cookies, topic, sent_before, sent_after, sent_to_nobody, shared, else_who, mail_server,
        no_mail, payments, logs, how_long, idle_guests, until_deleted, take_out, take_out_detail, delete, delete_detail,
        questions,
    }
    /// What is given and what is asked for.
    TermsTexts {
        title, get, get_detail, yours, yours_detail, not_right, not_right_detail, paying, paying_detail, data_before, privacy,
        data_after,
    }
}
