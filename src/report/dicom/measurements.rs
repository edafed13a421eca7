//! The measurements: a group for the model's result, one for each lesion that it proposes and one for each nodule, by TID 1501,
//! Measurement and Qualitative Evaluation Group (DICOM PS3.16).

use super::codes::{Code, own, standard};
use super::content::{ContentItem, Relationship};
use super::general::Subject;
use crate::clinical::examined::{ExaminedSlice, MeasuredOn};
use crate::clinical::measurement::Axes;
use crate::clinical::nodule::{Lobe, MeasuredNodule};
use crate::report::lesions::Proposed;

/// "Imaging Measurements" of TID 1500.
pub(super) fn container(subject: &Subject) -> ContentItem {
    let nodules = subject.exam.reading.nodules.iter().enumerate();
    let mut groups = vec![assessment(subject)];
    groups.extend(lesions(subject));
    groups.extend(nodules.map(|(index, nodule)| nodule_group(subject, index, nodule)));
    ContentItem::container(standard::IMAGING_MEASUREMENTS, groups)
}

/// A group of statements on one finding, which has the same `name` in every report of the exam.
fn group(subject: &Subject, name: &str, finding: Code, items: Vec<ContentItem>) -> ContentItem {
    let shown = match subject.is_deidentified() {
        true => name.to_owned(),
        false => format!("{name} of {}", subject.exam.accession),
    };
    let uid = ContentItem::uid(standard::TRACKING_UID, subject.names.tracked(name));
    let identifiers = ContentItem::text(standard::TRACKING_IDENTIFIER, &shown)
        .into_iter()
        .chain([uid])
        .map(|item| item.related_by(Relationship::ObservationContext));
    let finding = ContentItem::code(standard::FINDING, finding);
    let items = identifiers.chain([finding]).chain(items).collect();
    ContentItem::templated(standard::MEASUREMENT_GROUP, "1501", items)
}

/// The model's result for the whole exam, with the decision rule.
fn assessment(subject: &Subject) -> ContentItem {
    let slice = &subject.exam.slice;
    let assessment = &slice.assessment;
    let mut items = vec![ContentItem::code(standard::FINDING_SITE, standard::LUNG)];
    // TID 4019, Algorithm Identification.
    let version = format!("SHA-256 {}", assessment.model.sha256);
    let algorithm = [
        ContentItem::text(standard::ALGORITHM_NAME, &assessment.model.id),
        ContentItem::text(standard::ALGORITHM_VERSION, &version),
    ];
    let algorithm = algorithm.into_iter().flatten();
    items.extend(algorithm.map(|item| item.related_by(Relationship::ConceptModifier)));
    let source = subject.names.source_series();
    items.extend(source.map(|series| {
        let series = ContentItem::uid(standard::SERIES_UID, series.to_owned());
        series.related_by(Relationship::ObservationContext)
    }));
    items.extend(figures(slice));
    items.push(ContentItem::code(
        own::CLASSIFICATION,
        standard::classification(assessment.classification),
    ));
    let reader = own::reader(assessment.reader);
    items.push(ContentItem::code(own::READER, reader));
    let outside = assessment.training_range.outside_reason();
    let range = match outside {
        Some(_) => own::OUTSIDE,
        None => own::INSIDE,
    };
    items.push(ContentItem::code(own::TRAINING_RANGE, range));
    items.extend(outside.and_then(|reason| ContentItem::text(own::OUTSIDE_REASON, reason)));
    if let Some(series) = &slice.series {
        let decided = format!("{}, {}", series.deciders(), series.rule);
        items.extend(ContentItem::text(own::DECIDED_BY, &decided));
    }
    group(subject, "Model assessment", own::MODEL_ASSESSMENT, items)
}

/// The probabilities with the figures of the rule and the data that these were measured on. Empty if out of distribution; the
/// reason is then given in words.
fn figures(slice: &ExaminedSlice) -> Vec<ContentItem> {
    let (assessment, rule) = (&slice.assessment, &slice.assessment.rule);
    let Some(malignant) = assessment.malignancy_probability() else {
        return Vec::new();
    };
    let classes = assessment.classes.iter().flat_map(|classes| {
        [
            (own::CLASS_BENIGN, classes.benign),
            (own::CLASS_NORMAL, classes.normal),
        ]
    });
    let prevalence = match slice.measured_on() {
        MeasuredOn::Slices => own::PREVALENCE,
        MeasuredOn::Exams => own::PREVALENCE_OF_EXAMS,
    };
    let of_rule = [
        (own::THRESHOLD, rule.threshold),
        (own::INDETERMINATE_FROM, rule.indeterminate_from),
        (own::INDETERMINATE_TO, rule.indeterminate_to),
        (own::SENSITIVITY, rule.sensitivity),
        (own::SPECIFICITY, rule.specificity),
        (prevalence, rule.prevalence),
    ];
    let figures = [(standard::PROBABILITY_OF_CANCER, malignant)].into_iter();
    let figures = figures.chain(classes).chain(of_rule);
    let measured_on = ContentItem::text(own::MEASURED_ON, slice.measured_on().label());
    figures
        .map(|(name, probability)| percent(name, probability))
        .chain(measured_on)
        .collect()
}

/// A group for each lesion that the model proposes: its place, its diameter, and its probability unless out of distribution.
fn lesions(subject: &Subject) -> Vec<ContentItem> {
    let slice = &subject.exam.slice;
    let lines = Proposed::of(slice)
        .without(&subject.exam.reading.rejected)
        .lines();
    let lesions = slice.assessment.lesions.iter().zip(lines);
    lesions
        .map(|(lesion, line)| {
            let mut items = vec![ContentItem::code(standard::FINDING_SITE, standard::LUNG)];
            let place = match line.decision {
                "" => line.place,
                decision => format!("{}, {decision}", line.place),
            };
            items.extend(ContentItem::text(own::LESION_PLACE, &place));
            items.extend(lesion.mean_diameter_mm().map(|diameter| {
                millimetres(standard::DIAMETER, diameter)
                    .modified(standard::MEASUREMENT_METHOD, own::BY_MODEL)
            }));
            let probability = slice.assessment.lesion_probability(lesion);
            items.extend(probability.map(|it| percent(standard::PROBABILITY_OF_CANCER, it)));
            let name = format!("Proposed lesion {}", line.number);
            group(subject, &name, own::PROPOSED_LESION, items)
        })
        .collect()
}

/// Sizes, description, category and risk of one nodule.
fn nodule_group(subject: &Subject, index: usize, nodule: &MeasuredNodule) -> ContentItem {
    let method = own::method(nodule.measurement.method);
    let mut items = vec![
        ContentItem::code(standard::MEASUREMENT_METHOD, method),
        site(nodule.lobe),
    ];
    items.extend(sizes(nodule));
    items.extend(earlier(nodule));
    items.extend(looks(nodule));
    let verdict = nodule.verdict();
    let category = own::category(verdict.category);
    items.push(ContentItem::code(own::CATEGORY_MEASURED, category));
    items.extend(ContentItem::text(own::CATEGORY_RULE, &verdict.rule));
    items.extend(brock(subject, nodule));
    let words = nodule.measurement.words();
    items.extend(ContentItem::text(own::HOW_MEASURED, &words));
    if !subject.is_deidentified() {
        items.extend(ContentItem::text(standard::COMMENT, &nodule.note));
    }
    let name = format!("Nodule {}", index + 1);
    group(subject, &name, standard::NODULE, items)
}

/// The place of a nodule: the lobe with its side, or the lung if no lobe is stated.
fn site(lobe: Option<Lobe>) -> ContentItem {
    let Some(lobe) = lobe else {
        return ContentItem::code(standard::FINDING_SITE, standard::LUNG);
    };
    let (structure, side) = standard::site(lobe);
    let site = ContentItem::code(standard::FINDING_SITE, structure);
    let site = site.modified(standard::LATERALITY, side);
    match lobe {
        Lobe::Lingula => site.modified(standard::TOPOGRAPHICAL_MODIFIER, own::LINGULA),
        _ => site,
    }
}

/// Axes, mean diameter and volume of the nodule and of its solid part.
fn sizes(nodule: &MeasuredNodule) -> Vec<ContentItem> {
    let axes = nodule.draft.axes;
    let mean = millimetres(standard::DIAMETER, axes.mean().as_f64())
        .modified(standard::DERIVATION, standard::MEAN)
        .modified(standard::MEASUREMENT_METHOD, own::MEAN_OF_AXES);
    let (volume, is_counted) = nodule.volume();
    let (volume_name, volume_method) = match is_counted {
        true => (standard::VOLUME, standard::COUNTED_VOXELS),
        false => (standard::VOLUME_OF_SPHERE, own::SPHERE_OF_MEAN),
    };
    let volume = ContentItem::number(volume_name, volume, standard::CUBIC_MILLIMETRE)
        .modified(standard::MEASUREMENT_METHOD, volume_method);
    let mut items = vec![
        millimetres(standard::LONG_AXIS, axes.long().as_f64()),
        millimetres(standard::SHORT_AXIS, axes.short().as_f64()),
        mean,
        volume,
    ];
    let solid = |part: Axes| {
        [
            (own::SOLID_LONG, part.long()),
            (own::SOLID_SHORT, part.short()),
            (own::SOLID_MEAN, part.mean()),
        ]
    };
    let solid = nodule.draft.solid_part.into_iter().flat_map(solid);
    items.extend(solid.map(|(name, length)| millimetres(name, length.as_f64())));
    items
}

/// The nodule at an earlier exam.
fn earlier(nodule: &MeasuredNodule) -> Vec<ContentItem> {
    let Some(earlier) = nodule.draft.earlier else {
        return Vec::new();
    };
    let solid = earlier
        .sizes
        .solid_mean
        .map(|mean| (own::EARLIER_SOLID, mean));
    let sizes = [(own::EARLIER_MEAN, earlier.sizes.mean)]
        .into_iter()
        .chain(solid);
    let category = earlier.category.map(own::category);
    let category = category.map(|category| ContentItem::code(own::EARLIER_CATEGORY, category));
    sizes
        .map(|(name, length)| millimetres(name, length.as_f64()))
        .chain(category)
        .collect()
}

/// Type, status, margin and further description.
fn looks(nodule: &MeasuredNodule) -> Vec<ContentItem> {
    let draft = &nodule.draft;
    let described = [
        Some((own::TYPE, own::nodule_type(draft.nodule_type))),
        Some((own::STATUS, own::status(draft.status))),
        draft
            .margin
            .map(|margin| (own::MARGIN, own::margin(margin))),
        Some((own::CALCIFICATION, own::calcification(draft.calcification))),
        draft
            .airway_level
            .map(|level| (own::AIRWAY, own::airway(level))),
        draft
            .cyst_wall
            .map(|wall| (own::CYST_WALL, own::cyst_wall(wall))),
        draft
            .multilocular
            .then_some((own::FEATURE, own::MULTILOCULAR)),
        draft.fat.then_some((own::FEATURE, own::FAT)),
        draft.suspicious.then_some((own::FEATURE, own::SUSPICIOUS)),
    ];
    let described = described.into_iter().flatten();
    described
        .map(|(name, value)| ContentItem::code(name, value))
        .collect()
}

/// The Brock risk by both models with their inputs, or the reason why there is none.
fn brock(subject: &Subject, nodule: &MeasuredNodule) -> Vec<ContentItem> {
    let person = subject.record.person(subject.exam);
    let estimate = match subject.exam.reading.brock(nodule, person) {
        Ok(estimate) => estimate,
        // A de-identified copy never has this element.
        Err(_) if subject.is_deidentified() => return Vec::new(),
        Err(reason) => {
            let reason = ContentItem::text(own::NO_BROCK, &reason.to_string());
            return reason.into_iter().collect();
        }
    };
    let with = estimate.with_spiculation;
    let mut items: Vec<ContentItem> = (with.iter())
        .map(|risk| percent(own::BROCK_WITH, risk.probability))
        .collect();
    let without = estimate.without_spiculation.probability;
    items.push(percent(own::BROCK_WITHOUT, without));
    // The inputs include age and sex.
    if !subject.is_deidentified() {
        items.extend(ContentItem::text(own::BROCK_INPUTS, &estimate.words()));
    }
    items
}

fn millimetres(name: Code, length_mm: f64) -> ContentItem {
    ContentItem::number(name, length_mm, standard::MILLIMETRE)
}

/// A probability in [0, 1], in the standard's form for the probability of cancer.
fn percent(name: Code, probability: f64) -> ContentItem {
    ContentItem::number(name, probability * 100.0, standard::PERCENT)
}
