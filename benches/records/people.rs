//! Made-up patients: names of several scripts, common and rare ones, and notes of about a hundred characters.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

const GIVEN: &[&str] = &[
    "Maria",
    "José",
    "Anna",
    "Jürgen",
    "Élodie",
    "Søren",
    "Łucja",
    "Conor",
    "Ayşe",
    "Giulia",
    "Thomas",
    "Françoise",
    "Katarzyna",
    "Miguel",
    "Ingrid",
    "Zoë",
    "Andrei",
    "Nguyễn",
    "Björn",
    "Chloé",
    "Fatima",
    "Peter",
    "Agnieszka",
    "Luís",
    "Hélène",
    "Matthias",
    "Siobhán",
    "Dragan",
    "Emil",
    "Noémi",
    "Marta",
    "Мария",
    "Сергей",
    "Ольга",
    "Дмитрий",
    "Ελένη",
    "Γιώργος",
    "محمد",
    "فاطمة",
    "علي",
    "अनिल",
    "प्रिया",
    "李",
    "王",
    "张",
    "민준",
    "서연",
    "さくら",
];

const FAMILY: &[&str] = &[
    "García",
    "Müller",
    "Rossi",
    "Kowalski",
    "O’Brien",
    "Nielsen",
    "Martin",
    "Schmidt",
    "López",
    "Yılmaz",
    "Dubois",
    "Wójcik",
    "Martínez",
    "Weber",
    "Bianchi",
    "Ørsted",
    "Popescu",
    "Trần",
    "Fernández",
    "Lindström",
    "Strauß",
    "Da Silva",
    "Van den Berg",
    "Novák",
    "Horvat",
    "MacLeod",
    "Žižek",
    "Papadopoulos",
    "Haugen",
    "Иванов",
    "Петрова",
    "Жуковский",
    "Παπαδόπουλος",
    "Ελύτης",
    "الحسن",
    "منصور",
    "कुमार",
    "शर्मा",
    "小龙",
    "秀英",
    "김",
    "田中",
];

const SYLLABLES: &[&str] = &[
    "ba", "cor", "dre", "fel", "gom", "hux", "jal", "kre", "lim", "mov", "nar", "qui", "ros",
    "tav", "ulf", "vey", "wix", "zan", "orb", "esk",
];

const REMARKS: &[&str] = &[
    "Follow-up in 6 months",
    "smoker, 30 pack-years",
    "emphysema of both upper lobes",
    "prior CT at another site",
    "COPD, on oxygen at night",
    "nodule known since 2021",
    "family history of lung cancer",
    "allergic to contrast",
    "weight loss of 6 kg",
    "granuloma, calcified",
    "asked to bring earlier pictures",
    "pacemaker",
    "referred by general practice",
    "lives alone, call daughter",
    "interpreter needed",
    "asbestos exposure",
    "haemoptysis twice",
    "declined biopsy",
    "after pneumonia in spring",
    "low-dose protocol",
];

/// One patient with the newest exam, before either has an id in the database.
pub struct Person {
    pub full_name: String,
    pub notes: String,
    pub born: String,
    pub female: bool,
    /// Malignancy probability.
    pub malignant: f64,
    /// Time at which the exam was saved, in microseconds since 1970.
    pub saved_at: i64,
}

/// Source of patients; the same patients for the same seed.
pub struct People(StdRng);

impl People {
    pub fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// A common name: earlier list entries far more often than later ones.
    fn common(&mut self, from: &[&'static str]) -> &'static str {
        let place: f64 = self.0.random();
        from[(place * place * from.len() as f64) as usize]
    }

    /// A rare family name.
    fn rare(&mut self) -> String {
        let syllables = self.0.random_range(3..6);
        let mut name: String = (0..syllables)
            .map(|_| SYLLABLES[self.0.random_range(0..SYLLABLES.len())])
            .collect();
        name[..1].make_ascii_uppercase();
        name
    }

    /// A letter string that occurs in no name.
    pub fn nonsense(&mut self, letters: usize) -> String {
        (0..letters)
            .map(|_| char::from(self.0.random_range(b'a'..=b'z')))
            .collect()
    }

    pub fn below(&mut self, most: usize) -> usize {
        self.0.random_range(0..most.max(1))
    }

    pub fn next(&mut self) -> Person {
        let given = self.common(GIVEN);
        let family = match self.0.random_bool(0.3) {
            true => self.rare(),
            false => self.common(FAMILY).to_owned(),
        };
        let mut notes = String::new();
        while notes.chars().count() < 85 {
            if !notes.is_empty() {
                notes.push_str("; ");
            }
            notes.push_str(self.common(REMARKS));
        }
        let malignant: f64 = self.0.random();
        // From January 2020 to the end of 2025, with more recent exams.
        let age: f64 = self.0.random();
        let span = 189_000_000_000_000.0;
        Person {
            full_name: format!("{given} {family}"),
            notes,
            born: format!(
                "{}-{:02}-{:02}",
                self.0.random_range(1930..2000),
                self.0.random_range(1..13),
                self.0.random_range(1..29)
            ),
            female: self.0.random_bool(0.5),
            malignant: malignant * malignant,
            saved_at: 1_767_000_000_000_000 - (age * age * span) as i64,
        }
    }
}
