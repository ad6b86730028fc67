//! German, of privacy and terms.

use super::legal::{PrivacyTexts, TermsTexts};

/// Privacy.
pub const PRIVACY: PrivacyTexts = PrivacyTexts {
    title: "Datenschutz",
    kept: "Was aufgehoben wird",
    kept_detail: "Deine Stapel und Karten, jede Antwort mit ihrer Zeit und deine Einstellungen. Ein Gast hat keinen Namen; ein Konto hat eine E-Mail-Adresse, ein Passwort als Hash, der sich nicht zurückrechnen lässt, und einen Namen, wenn du einen angibst. Von jedem angemeldeten Browser: seit wann, wann zuletzt benutzt, und wie er sich nennt.",
    cookies: "Ein Cookie hält dich angemeldet, einer merkt sich deine Farben. Keiner verfolgt dich, nichts wird von anderen Seiten geladen, und es gibt keine Werbung.",
    topic: "Wer dein Thema bekommt",
    sent_before: "Karten schreibt ein Sprachmodell:",
    sent_after: ". Was du als Thema tippst, und jeder Text, den du als Material einfügst, geht an die, die dieses Modell betreiben (an niemanden, wenn es auf diesem Rechner selbst läuft). Dein Name, deine Adresse und deine Antworten gehen nicht dorthin.",
    sent_to_nobody: "Hier ist kein Sprachmodell verbunden: Was du tippst, geht an niemanden.",
    shared: "Wer dasselbe Thema nennt, lernt von denselben Karten. Diese Karten sind geteilt; dass du sie lernst, deine Antworten und deine Änderungen sind es nicht. Karten aus Material, das du eingefügt hast, gehören dir allein.",
    else_who: "Wer noch",
    mail_server: "Briefe über dein Konto gehen über einen Mailserver, den die Betreiber dieses AutoDeck gewählt haben.",
    no_mail: "Dieses AutoDeck verschickt keine E-Mails.",
    payments: "Zahlungen sind Sache von Stripe: Die Nummer deiner Zahlungskarte kommt nie hierher. Was Stripe über dich und deine Zahlungen weiß, bleibt dort, auch wenn du hier alles löschst.",
    logs: "Im Protokoll des Servers steht kein Thema, keine Adresse und kein Passwort. Die Adresse einer Anfrage zählt für Grenzen als Hash, ein paar Stunden lang.",
    how_long: "Wie lange",
    idle_guests: "Ein Gast, der 60 Tage wegbleibt, wird mit allen Stapeln gelöscht.",
    until_deleted: "Alles andere bleibt, bis du es löschst.",
    take_out: "Alles mitnehmen",
    take_out_detail: "in den Einstellungen gibt dir alles in einem Archiv;",
    delete: "Alles löschen",
    delete_detail: "entfernt alles auf einmal. Was du an einer geteilten Karte als falsch gemeldet hast, zählt dann weiter, ohne Namen.",
    questions: "Fragen gehen an die, die dieses AutoDeck betreiben.",
};

/// Terms.
pub const TERMS: TermsTexts = TermsTexts {
    title: "Bedingungen",
    get: "Was du bekommst",
    get_detail: "Stapel, die ein Sprachmodell schreibt, und einen Plan dafür. Ein Modell macht Fehler: Prüf, was dir wichtig ist, und melde eine Karte, die falsch ist. Verlass dich bei Gesundheit, Recht oder Geld nicht auf eine Karte.",
    yours: "Was dir gehört",
    yours_detail: "Was du tippst, einfügst und änderst, bleibt deines. Karten eines Themas sind mit anderen geteilt, die dasselbe Thema nennen; Karten aus Material, das du einfügst, sind es nicht. Du kannst jederzeit alles mitnehmen und alles löschen.",
    not_right: "Was nicht in Ordnung ist",
    not_right_detail: "Material einzufügen, das du nicht benutzen darfst, Themen, die das Gesetz brechen, und mit Absicht mehr als deinen Teil zu nehmen. Zu viel auf einmal wird von selbst gebremst. Ein Modell kann ein Thema ablehnen; die Seite sagt es dann.",
    paying: "Bezahlen",
    paying_detail: "Zu lernen, was du hast, ist kostenlos, für immer. Ein bezahlter Tarif bringt mehr neue Karten; du kannst ihn jederzeit kündigen und behältst ihn bis zum Ende des Bezahlten.",
    data_before: "Wie mit deinen Daten umgegangen wird, steht unter",
    privacy: "Datenschutz",
    data_after: ".",
};
