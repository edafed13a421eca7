//! A dry run reports exactly what the import does.

use lunny::store::OnDuplicate;
use proptest::prelude::*;

use super::importer;

/// Few different values, so that rows are often about the same patient.
fn row() -> impl Strategy<Value = String> {
    let of = |values: &'static [&'static str]| proptest::sample::select(values);
    (
        of(&["", "", "1", "2", "P-000001", "P-000003", "\"4"]),
        of(&["Ana", "ana", "Bo", "", "\0"]),
        of(&["", "1961-03-05", "5.3.1961", "1990-01-01", "soon"]),
        of(&["", "555 1", "555 2", "x"]),
        of(&["", "1985-01-01", "2024-01-01"]),
    )
        .prop_map(|(number, name, born, phone, diagnosed)| {
            format!("{number},{name},{born},{phone},{diagnosed}\n")
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn a_dry_run_and_the_import_report_the_same(
        before in proptest::collection::vec(row(), 0..6),
        rows in proptest::collection::vec(row(), 0..14),
        how in proptest::sample::select(&OnDuplicate::ALL[..]),
    ) {
        let importer = importer();
        let heading = "MRN,Name,DOB,Phone,Diagnosis date\n";
        importer.run_both(format!("{heading}{}", before.concat()), OnDuplicate::Merge);
        // Compares both.
        let first = importer.run_both(format!("{heading}{}", rows.concat()), how);
        let patients = importer.patients();
        if how != OnDuplicate::Add {
            let again = importer.run_both(format!("{heading}{}", rows.concat()), how);
            prop_assert_eq!(again.tally.rows(), first.tally.rows());
            prop_assert_eq!(importer.patients(), patients, "the same file adds no patient twice");
        }
    }
}
