//! Searches of the patient table, by letters, words, dates, filters and with mistakes.

use std::time::Instant;

use lunny::clinical::assessment::Classification;
use lunny::clinical::lung_rads::Category;
use lunny::store::{Access, PatientFilters, PatientQuery, Store};

use crate::people::People;
use crate::{ROWS, TIMES, report};

/// Random `letters` characters from words of that many.
pub fn parts(samples: &[Vec<String>], letters: usize, words: usize, seed: u64) -> Vec<String> {
    let mut people = People::new(seed);
    let mut parts = Vec::new();
    while parts.len() < TIMES {
        let sample = &samples[people.below(samples.len())];
        let word: Vec<char> = sample[people.below(sample.len().min(words))]
            .chars()
            .collect();
        if word.len() >= letters {
            let at = people.below(word.len() - letters + 1);
            parts.push(word[at..at + letters].iter().collect());
        }
    }
    parts
}

pub fn searches(store: &Store, access: &Access, samples: &[Vec<String>], when: &str) {
    let run = |what: &str, texts: Vec<String>, filters: &PatientFilters| {
        let mut hits = 0.0;
        let times = texts
            .into_iter()
            .map(|text| {
                let query = PatientQuery {
                    text,
                    or_similar: true,
                    filters: filters.clone(),
                    limit: ROWS,
                    ..PatientQuery::default()
                };
                let start = Instant::now();
                let page = store.search_patients(access, &query).expect("a page");
                hits += page.total.known() as f64 / TIMES as f64;
                start.elapsed()
            })
            .collect();
        report(&format!("{what}{when} ({hits:.0} found)"), times);
    };
    let any = PatientFilters::default();
    for letters in [1, 2, 3, 10] {
        run(
            &format!("{letters} of any field"),
            parts(samples, letters, 99, 3),
            &any,
        );
        run(
            &format!("{letters} of a name"),
            parts(samples, letters, 2, 4),
            &any,
        );
        let mut people = People::new(5);
        let unmatched = (0..TIMES).map(|_| {
            format!(
                "{}{}",
                if letters > 1 { "" } else { "ж" },
                people.nonsense(letters)
            )
        });
        run(&format!("{letters} at random"), unmatched.collect(), &any);
    }
    let mut glued = parts(samples, 5, 99, 6);
    let tails = parts(samples, 5, 99, 7);
    glued
        .iter_mut()
        .zip(tails)
        .for_each(|(head, tail)| head.push_str(&tail));
    run("10 of two words in one", glued, &any);
    let whole = samples.iter().take(TIMES);
    run(
        "whole names",
        whole.clone().map(|words| words[..2].join(" ")).collect(),
        &any,
    );
    run(
        "two words",
        whole
            .clone()
            .map(|words| format!("{} {}", words[1], words[words.len() - 1]))
            .collect(),
        &any,
    );
    let mut people = People::new(11);
    let dates = (0..TIMES).map(|_| {
        let (day, month) = (1 + people.below(28), 1 + people.below(12));
        format!("{day}.{month}.{}", 1930 + people.below(60))
    });
    run("birth dates", dates.collect(), &any);
    let family = whole.clone().map(|words| misspelled(&words[1]));
    run("misspelled family names", family.collect(), &any);
    let names = (whole.clone()).map(|words| format!("{} {}", words[0], misspelled(&words[1])));
    run("misspelled whole names", names.collect(), &any);
    for text in ["4a", "lung-rads 2", "positive", "negative ma"] {
        run(&format!("“{text}”"), vec![text.to_owned(); TIMES], &any);
    }
    let since = "2023-03-10T00:00:00Z".parse().ok();
    let before = "2023-09-20T00:00:00Z".parse().ok();
    let positive = PatientFilters {
        result: Some(Classification::Positive),
        ..any.clone()
    };
    let suspicious = PatientFilters {
        category: Some(Category::FourA),
        ..any.clone()
    };
    let months = PatientFilters {
        since,
        before,
        ..any.clone()
    };
    let all = PatientFilters {
        since,
        ..positive.clone()
    };
    for (what, filters) in [
        ("positive", positive),
        ("category 4A", suspicious),
        ("half a year", months),
        ("positive since", all),
    ] {
        run(what, vec![String::new(); TIMES], &filters);
        run(
            &format!("{what}, 2 letters"),
            parts(samples, 2, 99, 8),
            &filters,
        );
        run(
            &format!("{what}, 5 letters"),
            parts(samples, 5, 99, 9),
            &filters,
        );
    }
}

/// A word with another fourth letter.
fn misspelled(word: &str) -> String {
    let letter = |(place, letter): (usize, char)| match place {
        3 if letter != 'q' => 'q',
        _ => letter,
    };
    word.chars().enumerate().map(letter).collect()
}
