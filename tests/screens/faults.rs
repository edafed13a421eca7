//! A panic in a request: the screen that asked stops waiting, and the program continues.

use std::sync::Arc;

use lunny::clinical::assessment::ModelIdentity;
use lunny::imaging::Scan;
use lunny::model::{Cancel, Engine, EngineError, SliceAnalysis};

use super::chest_series::write_chest_series;
use super::stage::Stage;

struct Panics(ModelIdentity);

impl Engine for Panics {
    fn identity(&self) -> &ModelIdentity {
        &self.0
    }

    fn classify(&self, _: &Scan, _: &Cancel) -> Result<SliceAnalysis, EngineError> {
        panic!("a fault that this test makes")
    }
}

fn stage() -> Stage {
    let identity = ModelIdentity {
        id: "panics".into(),
        sha256: "00".into(),
    };
    let mut stage = Stage::with_engine(100, 30, Some(Arc::new(Panics(identity))));
    stage.register();
    stage
}

#[test]
fn an_analysis_that_panics_ends_with_a_sentence_on_a_screen_that_works() {
    let mut stage = stage();
    stage.analyse("slice.png");
    stage
        .shows("LUNNY failed at this: a fault of the program")
        .hides("Analysing");
    stage.escape().escape().escape();
    stage.letters("p").shows("Patients");
}

#[test]
fn the_analysis_of_a_series_that_panics_returns_to_the_series() {
    let mut stage = stage();
    write_chest_series(&stage.scans().join("series"), "1.2.3.1", 12);
    stage.letters("n").control('o').enter();
    stage
        .shows("LUNNY failed at this")
        .hides("slices analysed")
        .shows("Details");
}
