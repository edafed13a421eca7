//! The measurements: a group for the model's result, one for each lesion that it proposes and one for each nodule, by TID 1501,
//! Measurement and Qualitative Evaluation Group (DICOM PS3.16), or by TID 1410 where its image is known.

use super::codes::{Code, own, standard};
use super::content::{ContentItem, ImageReference, Region, Relationship};
use super::general::Subject;
use crate::clinical::assessment::Lesion;
use crate::clinical::examined::{ExaminedSlice, MeasuredOn};
use crate::clinical::measurement::{Axes, Millimetres};
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

/// The images that the measurements refer to, each once.
pub(super) fn images(subject: &Subject) -> Vec<ImageReference> {
    let exam = subject.exam;
    let of_lesions =
        (exam.slice.assessment.lesions.iter()).map(|lesion| of_lesion(subject, lesion));
    let of_nodules = (exam.reading.nodules.iter()).map(|nodule| of_nodule(subject, nodule));
    let mut images = Vec::new();
    for outline in of_lesions.chain(of_nodules).flatten() {
        if !images.contains(&outline.on) {
            images.push(outline.on);
        }
    }
    images
}

/// The shape of a finding on its image.
struct Outline {
    on: ImageReference,
    region: Region,
    /// The long axis and the short one, from end to end; none for a finding of which only the place is known.
    axes: Option<[[[f64; 2]; 2]; 2]>,
}

impl Outline {
    /// Of both ends of the long axis, then of the short one: the outline through all four.
    fn of_ends(on: ImageReference, [a, b, c, d]: [[f64; 2]; 4]) -> Self {
        Self {
            on,
            region: Region::Polyline(vec![a, c, b, d, a]),
            axes: Some([[a, b], [c, d]]),
        }
    }

    /// "Image Region" of TID 1410.
    fn item(&self) -> ContentItem {
        ContentItem::region(standard::IMAGE_REGION, self.region.clone(), self.on.clone())
    }

    /// The long axis (0) or the short one (1) as the source of its length: TID 320.
    fn axis(&self, axis: usize) -> Option<ContentItem> {
        let ends = self.axes?.get(axis)?.to_vec();
        let (name, region) = (standard::SOURCE_OF_MEASUREMENT, Region::Polyline(ends));
        Some(ContentItem::region(name, region, self.on.clone()))
    }
}

/// None for axes that were typed in, and for an image that the scan's files do not name.
fn of_nodule(subject: &Subject, nodule: &MeasuredNodule) -> Option<Outline> {
    let place = nodule.measurement.place.as_ref()?;
    let slice = usize::try_from(place.slice).ok()?;
    let image = subject.image(place.series_uid.as_deref(), slice)?;
    Some(Outline::of_ends(image, place.ends))
}

/// The measured axes of a lesion, or else its centre.
fn of_lesion(subject: &Subject, lesion: &Lesion) -> Option<Outline> {
    let on = |slice: usize| subject.image(None, slice.checked_sub(1)?);
    match lesion.size {
        Some(size) => Some(Outline::of_ends(on(size.slice)?, size.ends)),
        None => Some(Outline {
            on: on(lesion.slice)?,
            region: Region::Point([lesion.row, lesion.column]),
            axes: None,
        }),
    }
}

/// A group of statements on one finding, which has the same `name` in every report of the exam.
///
/// With a region it follows TID 1410, Planar ROI Measurements and Qualitative Evaluations.
fn group(
    subject: &Subject,
    name: &str,
    finding: Code,
    outline: Option<&Outline>,
    items: Vec<ContentItem>,
) -> ContentItem {
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
    let template = match outline {
        Some(_) => "1410",
        None => "1501",
    };
    let region = outline.map(Outline::item);
    let items = identifiers.chain([finding]).chain(region).chain(items);
    ContentItem::templated(standard::MEASUREMENT_GROUP, template, items.collect())
}

/// The model's result for the whole exam, with the decision rule.
fn assessment(subject: &Subject) -> ContentItem {
    let slice = &subject.exam.slice;
    let assessment = &slice.assessment;
    let mut items = vec![ContentItem::code(standard::FINDING_SITE, standard::LUNG)];
    // TID 4019, Algorithm Identification.
    let version = format!("SHA-256 {}", assessment.model.sha256);
    let algorithm = [
        ContentItem::text(standard::ALGORITHM_NAME, &assessment.model.named()),
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
    group(
        subject,
        "Model assessment",
        own::MODEL_ASSESSMENT,
        None,
        items,
    )
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
    let lines = Proposed::of(slice).decided(&subject.exam.reading).lines();
    let lesions = slice.assessment.lesions.iter().zip(lines);
    lesions
        .map(|(lesion, line)| {
            let mut items = vec![ContentItem::code(standard::FINDING_SITE, standard::LUNG)];
            let place = match line.decision.as_str() {
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
            let outline = of_lesion(subject, lesion);
            group(
                subject,
                &name,
                own::PROPOSED_LESION,
                outline.as_ref(),
                items,
            )
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
    let outline = of_nodule(subject, nodule);
    items.extend(sizes(nodule, outline.as_ref()));
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
    group(subject, &name, standard::NODULE, outline.as_ref(), items)
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
fn sizes(nodule: &MeasuredNodule, outline: Option<&Outline>) -> Vec<ContentItem> {
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
    let length = |name, length: Millimetres, axis| {
        let number = millimetres(name, length.as_f64());
        match outline.and_then(|outline| outline.axis(axis)) {
            Some(source) => number.inferred_from(source),
            None => number,
        }
    };
    let mut items = vec![
        length(standard::LONG_AXIS, axes.long(), 0),
        length(standard::SHORT_AXIS, axes.short(), 1),
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
