//! Word lists for `words`: the small words of common languages.
//!
//! All case-folded. A language that is missing here is read as English without harm: fewer repeats are found.
// long: tables of words, which nobody reads from end to end.

use rust_stemmers::Algorithm;

/// What we know of a language.
pub(super) struct Vocabulary {
    pub(super) stemmer: Option<Algorithm>,
    pub(super) articles: &'static str,
    pub(super) negations: &'static str,
    /// Question words, prepositions, pronouns, auxiliaries: what two phrasings of one question differ in.
    pub(super) function_words: &'static str,
    /// Words of asking that carry no fact: "called", "primary", "responsible".
    pub(super) asking_words: &'static str,
}

/// English first: it is the guess where nothing speaks.
pub(super) const VOCABULARIES: &[Vocabulary] = &[
    Vocabulary {
        stemmer: Some(Algorithm::English),
        articles: "the a an",
        negations: "not no never neither nor cannot without non",
        function_words: "what which who whom whose when where why how is are was were be been being do does did has have had \
            can could will would shall should may might must of in on at to for from by with as and or but if then than that \
            this these those it its he she they them his her their there into onto upon about between among during within \
            through over under per via also so such each every any all both up one i me my we our you your am",
        asking_words: "called named known name term considered defined describe described definition refer refers referred \
            main primary major chief principal key exactly approximately typically usually commonly often generally \
            responsible used use uses using take takes took place occur occurs occurred happen happens happened year date \
            number many much kind type sort purpose role way become became part made make makes say english mean means word words translate \
            translated",
    },
    Vocabulary {
        stemmer: Some(Algorithm::German),
        articles: "der die das den dem des ein eine einen einem einer eines",
        negations: "nicht kein keine keinen keiner keinem nie niemals ohne weder",
        function_words: "was welche welcher welches welchen welchem wer wen wem wessen wann wo wohin woher warum wie viele viel \
            ist sind war waren wird werden wurde wurden hat haben hatte kann können im in an am auf aus bei mit von vom zu zum \
            zur für durch über unter um als und oder aber nach seit es er sie ihr sein man sich dass wodurch womit wofür",
        asking_words: "heißt heisst heissen genannt nennt bezeichnet bezeichnung name versteht bedeutet jahr hauptsächlich \
            wichtigste besteht verantwortlich verwendet findet statt zuständig befindet gehört liegt",
    },
    Vocabulary {
        stemmer: Some(Algorithm::French),
        articles: "le la les l un une des du",
        negations: "pas jamais sans aucun aucune rien ni non",
        function_words: "que qu quoi quel quelle quels quelles qui quand où comment pourquoi combien est sont était étaient a ont \
            eu été être avoir il elle on y en de d dans sur sous par pour avec au aux et ou à ce cette ces se s son sa ses ne n \
            t lequel laquelle fut",
        asking_words: "appelle appelé nommé nom année principal principale responsable désigne utilisé utilise compte lieu trouve situé située",
    },
    Vocabulary {
        stemmer: Some(Algorithm::Spanish),
        articles: "el la los las un una unos unas lo",
        negations: "no nunca jamás sin ningún ninguna tampoco",
        function_words: "qué que cuál cuáles quién quiénes cuándo dónde cómo cuánto cuántos cuántas cuánta es son era eran fue \
            fueron ha han se de del en a al por para con sobre y e o su sus como entre desde hay tiene tienen está están",
        asking_words: "llama llamado nombre año principal número denomina conoce utiliza usa encuentra",
    },
    Vocabulary {
        stemmer: Some(Algorithm::Italian),
        articles: "il lo la i gli le l un uno una",
        negations: "non mai senza nessun nessuno nessuna né",
        function_words: "che chi cosa quale quali qual quando dove come perché quanto quanti quante è sono era erano fu furono ha \
            hanno ho di d del dello della dei degli delle da dal dalla in nel nella nell a al alla con su per tra fra e o si ci \
            suo sua",
        asking_words: "chiama chiamato nome anno principale numero viene trova",
    },
    Vocabulary {
        stemmer: Some(Algorithm::Portuguese),
        articles: "o a os as um uma uns umas",
        negations: "não nunca jamais sem nenhum nenhuma",
        function_words: "que qual quais quem quando onde como por porque quanto quantos quantas é são era eram foi foram tem têm há \
            de do da dos das em no na nos nas ao à aos às com para pelo pela sobre e ou se seu sua",
        asking_words: "chama chamado nome ano principal número tornou",
    },
    Vocabulary {
        stemmer: Some(Algorithm::Dutch),
        articles: "de het een",
        negations: "niet geen nooit zonder",
        function_words: "wat welke welk wie wiens wanneer waar waarom hoe hoeveel is zijn was waren wordt worden werd werden heeft \
            hebben van in op aan uit bij met voor door over onder om als en of maar naar er dit dat deze die",
        asking_words: "heet genoemd noemt naam jaar belangrijkste",
    },
    Vocabulary {
        stemmer: Some(Algorithm::Swedish),
        articles: "en ett den det de",
        negations: "inte ej aldrig utan ingen inget inga",
        function_words: "vad vilken vilket vilka vem vems när var varför hur många är var vara blev har hade i på av till från med \
            för om som och eller men vid mellan under över sig ut",
        asking_words: "heter kallas namn namnet år året viktigaste",
    },
    Vocabulary {
        stemmer: Some(Algorithm::Danish),
        articles: "en et den det de",
        negations: "ikke aldrig uden ingen intet",
        function_words: "hvad hvilken hvilket hvilke hvem hvis hvornår hvor hvorfor hvordan mange er var blev har havde i på af til \
            fra med for om som og eller men ved mellem under over sig",
        asking_words: "hedder kaldes navn navnet år året vigtigste",
    },
    Vocabulary {
        stemmer: Some(Algorithm::Finnish),
        articles: "",
        negations: "ei eivät ilman",
        function_words: "mikä mitkä mitä minkä missä mihin mistä kuka kenen ketä milloin miksi miten kuinka monta on ovat oli olivat ja \
            tai että se ne",
        asking_words: "nimi vuonna vuosi kutsutaan",
    },
    Vocabulary {
        stemmer: Some(Algorithm::Romanian),
        articles: "un o unei unui",
        negations: "nu niciodată fără",
        function_words: "ce care cine când unde cum cât câte câți de este sunt era a au fost în din la pe cu pentru prin și sau al ale \
            lui se că",
        asking_words: "numește nume numele an anul principală principal",
    },
    Vocabulary {
        stemmer: Some(Algorithm::Hungarian),
        articles: "a az egy",
        negations: "nem nincs soha nélkül",
        function_words: "mi mik mit melyik milyen ki kik kinek mikor hol miért hogyan mennyi hány van volt és vagy hogy ez is",
        asking_words: "neve nevezik évben",
    },
    Vocabulary {
        stemmer: Some(Algorithm::Turkish),
        articles: "",
        negations: "değil değildir olmayan yok",
        function_words: "ne nedir hangi hangisi hangisidir kim kimdir kimin nerede neresi neresidir nereye kaç neden nasıl ve veya ile \
            için bir bu en mı mi mu mü nin nın nun nün in ın un ün de da",
        asking_words: "adı denir yıl yılda şehir şehirdir şehirdedir",
    },
    Vocabulary {
        stemmer: None, // Polish
        articles: "",
        negations: "nie nigdy bez",
        function_words: "co jaki jaka jakie jak kto kogo kiedy gdzie dlaczego ile jest są był była było były w we z ze na do od po za i \
            oraz lub który która które którym której o się przez dla",
        asking_words: "nazywa nazwa roku rok",
    },
    Vocabulary {
        stemmer: None, // Indonesian and Malay
        articles: "",
        negations: "tidak bukan tanpa belum",
        function_words: "apa siapa kapan mana dimana mengapa bagaimana berapa adalah yang di ke dari dan atau untuk dengan pada oleh itu \
            ini",
        asking_words: "disebut nama tahun utama",
    },
    Vocabulary {
        stemmer: Some(Algorithm::Russian),
        articles: "",
        negations: "не нет никогда без ни",
        function_words: "что какой какая какое какие каком какую каким кто кого кому когда где куда почему как сколько является это был \
            была было были в во на с со из к по о об от для и или до за при а",
        asking_words: "называется нужен нужна нужно необходим необходима необходимо назовите называют название году год",
    },
    Vocabulary {
        stemmer: Some(Algorithm::Greek),
        articles: "ο η το οι τα τον την του τησ των ενα μια",
        negations: "δεν μην οχι χωρισ",
        function_words: "τι ποιοσ ποια ποιο ποιον ποτε που γιατι πωσ ποσοι ποσα ειναι ηταν και ή σε στο στη στην απο με για",
        asking_words: "ονομαζεται λεγεται",
    },
    Vocabulary {
        stemmer: Some(Algorithm::Arabic),
        articles: "ال",
        negations: "لا ليس ليست غير لم لن بدون",
        function_words: "ما ماذا من متى أين كيف لماذا كم هي هو هل أي في على إلى عن مع التي الذي و أو كان كانت",
        asking_words: "اسم يسمى تسمى عام سنة",
    },
    Vocabulary {
        stemmer: Some(Algorithm::Tamil),
        articles: "",
        negations: "இல்லை",
        function_words: "என்ன எது யார் எப்போது எங்கே ஏன் எப்படி",
        asking_words: "பெயர்",
    },
    Vocabulary {
        stemmer: None, // Hindi
        articles: "",
        negations: "नहीं न बिना",
        function_words: "क्या कौन कौनसा सा सी किस किसने किसे कब कहाँ कहां क्यों कैसे कितने कितनी है हैं था थी थे का की के को में से पर और या ने",
        asking_words: "नाम कहते",
    },
];

/// Grammar and question words of Chinese, Japanese, Korean and Thai, the longer before what they contain.
pub(super) const RUN_FUNCTION_WORDS: &str = "什么时候 什么 甚麼 什麼 哪一个 哪一條 哪一条 哪一年 哪个 哪個 哪里 哪裡 哪座 哪位 哪 是谁 谁 誰 为什么 如何 怎么 \
    多少 几个 是 的 了 吗 呢 在 之 被 把 何ですか 何年 何 どこ どれ どの いつ なぜ です ますか \
    무엇입니까 무엇인가요 무엇 어디입니까 어디인가요 어디 누구입니까 누구인가요 누구 누가 언제 어느 입니까 습니까 인가요 อะไร คือ ใคร ที่ไหน เมื่อไหร่";

/// Words after which a noun only says what kind of thing the answer is: "which city", "quel roi".
pub(super) const DETERMINERS: &str = "which what welche welcher welches welchen welchem quel quelle quels quelles qué cuál que qual quais \
    quale quali welk welke vilken vilket vilka hvilken hvilket hangi mikä ce many much viele \
    combien cuántos cuántas quanti quante quantos quantas hoeveel många сколько jaki jaka jakie который какой какая какое какую";

/// One-syllable endings of Korean nouns.
pub(super) const KOREAN_PARTICLES: &str = "은는이가을를의에로와과도";
