//! Word lists for `words`: what is said in several ways (numbers, synonyms), what says little, and opposites.

use rust_stemmers::Algorithm;

/// Digits and their words, cardinal and ordinal, where a text would use either.
pub(super) const NUMBER_WORDS: &[(&str, &str)] = &[
    ("0", "zero null zéro cero"),
    (
        "1",
        "first 1st erste erster ersten erstes premier première primer primero primera primo prima primeiro primeira eerste första första \
        первый первая первое первой",
    ),
    (
        "2",
        "two second 2nd zwei zweite zweiter zweiten zweites deux deuxième seconde dos segundo segunda due secondo seconda dois duas \
        twee tweede två andra два две второй вторая второе",
    ),
    (
        "3",
        "three third 3rd drei dritte dritter dritten trois troisième tres tercer tercero tercera tre terzo terza três terceiro terceira \
        drie derde tredje три третий третья",
    ),
    (
        "4",
        "four fourth 4th vier vierte vierten quatre quatrième cuatro cuarto cuarta quattro quarto quarta quatro четыре четвёртый",
    ),
    (
        "5",
        "five fifth 5th fünf fünfte fünften cinq cinquième cinco quinto quinta cinque vijf fem пять пятый",
    ),
    (
        "6",
        "six sixth 6th sechs sechste sechsten sixième seis sexto sexta sei sesto sesta zes шесть шестой",
    ),
    (
        "7",
        "seven seventh 7th sieben siebte siebten sept septième siete séptimo sette sete zeven семь",
    ),
    (
        "8",
        "eight eighth 8th acht achte achten huit huitième ocho octavo octava otto oito восемь",
    ),
    (
        "9",
        "nine ninth 9th neun neunte neunten neuf neuvième nueve noveno nove negen девять",
    ),
    (
        "10",
        "ten tenth 10th zehn zehnte zehnten dix dixième diez décimo dieci dez tien tio десять",
    ),
    (
        "11",
        "eleven eleventh 11th elf onze once undici одиннадцать",
    ),
    (
        "12",
        "twelve twelfth 12th zwölf douze doce dodici doze twaalf двенадцать",
    ),
    (
        "13",
        "thirteen thirteenth 13th dreizehn treize trece tredici treze dertien",
    ),
    (
        "14",
        "fourteen fourteenth 14th vierzehn quatorze catorce quattordici",
    ),
    (
        "15",
        "fifteen fifteenth 15th fünfzehn quinze quince quindici",
    ),
    (
        "16",
        "sixteen sixteenth 16th sechzehn seize dieciséis sedici",
    ),
    ("17", "seventeen seventeenth 17th siebzehn"),
    ("18", "eighteen eighteenth 18th achtzehn"),
    ("19", "nineteen nineteenth 19th neunzehn"),
    (
        "20",
        "twenty twentieth 20th zwanzig vingt veinte venti vinte twintig",
    ),
];

/// What follows the digits of an ordinal.
pub(super) const ORDINAL_ENDINGS: &[&str] = &[
    "st", "nd", "rd", "th", "e", "er", "ème", "eme", "º", "ª", "ste",
];

/// From 1 on. V and X alone are letters more often than numbers.
pub(super) const ROMAN_NUMERALS: &[&str] = &[
    "i", "ii", "iii", "iv", "", "vi", "vii", "viii", "ix", "", "xi", "xii", "xiii", "xiv", "xv",
    "xvi", "xvii", "xviii", "xix", "xx", "xxi",
];

/// Groups of words that ask for the same; irregular forms that the stemmer leaves apart are among them. By language.
pub(super) const SYNONYM_GROUPS: &[(Algorithm, &[&str])] = &[
    (
        Algorithm::English,
        &[
            "start begin begins began begun commence",
            "finish end ended ends conclude",
            "largest biggest",
            "nearest closest",
            "farthest furthest",
            "quick rapid",
            "write wrote written writer author authored",
            "paint painted painter",
            "compose composed composer",
            "discover discovered discoverer discovery",
            "invent invented inventor",
            "build built constructed construct",
            "win won winner",
            "lose lost",
            "kill slew slain slay",
            "teach taught teacher",
            "lead led leader",
            "hold held",
            "fight fought",
            "sell sold",
            "fall fell fallen",
            "rise rose risen",
            "grow grew grown",
            "choose chose chosen",
            "sink sank sunk",
            "steal stole stolen",
            "find found",
            "bring brought",
            "buy bought",
            "break broke broken",
            "drive drove driven",
            "forbid forbade forbidden banned ban prohibit",
            "die died dead death",
            "give gave given",
            "absorb absorbed absorption",
            "produce produces produced secrete secretes generate release releases released yields",
            "change changes modify modifies alter alters",
            "show shows display displays displayed",
            "store stores stored storage hold holds contain contains",
            "represent represents denote denotes stand stands signify acronym abbreviation short",
            "return returns evaluate evaluates result",
            "control controls regulate regulates govern",
            "link links connect connects join joins",
            "protect defend defends",
            "calculate compute",
            "remove delete erase",
            "add append insert",
            "keep retain preserve",
            "divide split separate",
            "allow permit",
            "attack invade",
            "air atmosphere atmospheric",
            "blood bloodstream",
            "ruler rule monarch",
            "law legal",
            "speed velocity fast",
            "colour color",
            "centre center",
            "football soccer",
            "film movie",
            "soviet ussr",
            "france french",
            "italy italian",
            "spain spanish",
            "greece greek",
            "rome roman",
            "britain british uk",
            "america american us usa",
            "germany german",
            "russia russian",
            "china chinese",
            "japan japanese",
        ],
    ),
    (
        Algorithm::German,
        &[
            "schreiben schrieb geschrieben schrieben verfasser autor verfasste dichter",
            "malte maler gemalt",
            "beginnt begann begonnen anfang",
        ],
    ),
    (
        Algorithm::French,
        &[
            "écrire écrit écrivit auteur écrivain",
            "peint peintre peignit",
            "commence début débuté débute",
        ],
    ),
    (
        Algorithm::Spanish,
        &[
            "escribió escribir escritor autor autora",
            "pintó pintor pintado",
            "comenzó empezó inició comienzo inicio",
        ],
    ),
    (
        Algorithm::Italian,
        &[
            "scritto scrisse autore scrittore",
            "dipinto dipinse pittore",
            "inventato inventò inventore",
            "caduto cadde caduta",
        ],
    ),
    (
        Algorithm::Portuguese,
        &[
            "escreveu escrito autor autora escritor poeta",
            "pintou pintor",
            "começou início",
        ],
    ),
    (
        Algorithm::Dutch,
        &[
            "schreef geschreven schrijver auteur",
            "schilderde schilder geschilderd",
        ],
    ),
    (
        Algorithm::Swedish,
        &["skrev författare skrivit", "började bröt utbröt start"],
    ),
    (
        Algorithm::Russian,
        &[
            "написал автор писатель написала поэт",
            "изобрёл изобретатель",
            "открыл открытие",
        ],
    ),
    (Algorithm::Arabic, &["كتب مؤلف"]),
];

/// English words that say little: one question may do without them, but if both have them they count.
pub(super) const LIGHT_WORDS: &str = "function process device instrument structure substance study branch field deal concern contribute \
    consist compose necessary need require ensure only single allow enable help cause provide give given obtain locate situate lie find \
    human person people man woman world earth country city place thing object part member group event phenomenon concept idea principle \
    method technique approach act effect famous important significant popular great common general specific certain particular \
    serve work like look appear exist belong contain hold include involve carry show present state say call describe \
    perform property value form kind simple basic standard typical usual entire whole total different several various";

/// Opposites, in which two otherwise equal questions may differ.
pub(super) const OPPOSITE_WORDS: &[(&str, &str)] = &[
    (
        "maximum max most largest highest greatest longest",
        "minimum min least smallest lowest shortest fewest",
    ),
    ("first earliest", "last latest final"),
    (
        "start beginn begann commence début empieza empezó comenzó inizia iniziò",
        "finish end endete fin achève terminó termina finì",
    ),
    ("left", "right"),
    ("north northern", "south southern"),
    ("east eastern", "west western"),
    ("high higher", "low lower"),
    (
        "increase raise rise grow gain strengthen",
        "decrease reduce fall drop shrink lose weaken",
    ),
    ("before", "after"),
    ("win", "lose"),
    ("buy", "sell"),
    ("positive", "negative"),
    ("major", "minor"),
    ("inner internal inside", "outer external outside"),
    ("upper", "lower"),
    ("male", "female"),
    ("input", "output"),
    ("open", "close"),
    ("birth born", "death die"),
    ("best", "worst"),
    ("average", "worst"),
    ("wide wider", "narrow narrower"),
    ("absorb", "release emit produce"),
    ("nearest", "farthest"),
    ("oxidation", "reduction"),
    ("import", "export"),
    ("ordered", "unordered"),
    ("cause", "effect"),
    ("advantage", "disadvantage"),
    ("encode encrypt", "decode decrypt"),
    ("union", "intersection"),
    ("oldest", "youngest newest"),
    ("hottest warmest", "coldest"),
];
