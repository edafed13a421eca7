//! Everything that takes time, away from the loop: the database, decoding, the network, the printer.
//! A [`Request`] goes in, its [`Answer`] comes back as a message.

pub mod accounts;
pub mod audit;
pub mod bulk;
pub mod export;
pub mod import;
pub mod key_image;
pub mod pages;
pub mod patients;
pub mod preferences;
pub mod record_view;
pub mod records;

use std::mem::{Discriminant, discriminant};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use image::DynamicImage;
use jiff::civil::Date;
use ratatui::layout::Size;

use self::key_image::{KeptPictures, Shown};
use super::folder::{self, Listing};
use super::screens::series_analysing;
use super::screens::viewer::slice::{self, SlicePicture, View};
use super::session::Capabilities;
use super::widgets::lesion_mark::LesionMark;
use super::widgets::picture::Picture;
use super::widgets::progress::Progress;
use crate::clinical::examined::ExaminedSlice;
use crate::clinical::nodule::MeasuredNodule;
use crate::clinical::reading::Circumstances;
use crate::config::Config;
use crate::imaging::region::{self, Region, RegionError, Seed};
use crate::imaging::{self, ImagingError, Scan, Series, TagLine, series};
use crate::model::series::{PartialAnalysis, analyse};
use crate::model::{self, Attention, Cancel, Engine, EngineError, Loaded, SliceAnalysis};
use crate::report::delivery::{self, Delivery, Job};
use crate::store::{
    Access, ExamId, NoduleId, PatientChoice, PatientId, PatientPage, PatientQuery, PatientRecord,
    ReadingRecord, SavedExam, ScanOwner, Store, StoreError, StoredNodule,
};

/// Work for a background thread.
pub enum Request {
    LoadModel,
    Accounts(accounts::Request),
    Audit(audit::Request),
    Export(export::Request),
    PatientForm(patients::Request),
    Records(records::Request),
    Import(import::Request),
    Bulk(bulk::Request),
    Pages(pages::Request),
    Preferences(preferences::Request),
    RecordView(record_view::Request),
    RecentFolders(Access),
    ListFolder {
        folder: PathBuf,
        hidden: bool,
        /// Of the files that are wanted.
        extensions: &'static [&'static str],
    },
    /// Looks through a file or a folder for series.
    OpenSeries {
        path: PathBuf,
        access: Access,
        progress: Arc<Progress>,
        cancel: Cancel,
    },
    /// Decodes and paints one slice.
    Slice {
        series: Arc<Series>,
        view: Box<View>,
    },
    /// Grows a region from a seed and proposes a nodule's axes.
    Grow {
        series: Arc<Series>,
        seed: Seed,
        threshold_hu: i16,
        cancel: Cancel,
    },
    /// Decodes slices that may be asked for next.
    Prefetch {
        series: Arc<Series>,
        slices: Vec<usize>,
        cancel: Cancel,
    },
    /// The DICOM elements of a file.
    Tags(PathBuf),
    Encode {
        scan: Arc<Scan>,
        /// Laid over the scan.
        attention: Option<Arc<Attention>>,
        /// Circled on the scan, where no attention is laid over it.
        marks: Vec<LesionMark>,
        space: Size,
        capabilities: Capabilities,
    },
    Classify {
        engine: Arc<dyn Engine>,
        scan: Arc<Scan>,
        cancel: Cancel,
    },
    /// Every slice through the network, one answer for all.
    AnalyseSeries {
        engine: Arc<dyn Engine>,
        series: Arc<Series>,
        /// The slices that are judged; the analysis goes on from them.
        so_far: Arc<PartialAnalysis>,
        cancel: Cancel,
    },
    /// One slice of a series, and what the network attends to on it where an engine is given.
    JudgeSlice {
        series: Arc<Series>,
        slice: usize,
        engine: Option<Arc<dyn Engine>>,
        cancel: Cancel,
    },
    SearchPatients {
        access: Access,
        query: Box<PatientQuery>,
    },
    OpenPatient {
        access: Access,
        patient: PatientId,
    },
    NextPatientNumber(Access),
    SaveExam {
        access: Access,
        patient: Box<PatientChoice>,
        exam: Box<ExaminedSlice>,
        /// Whose scan it is, held against the record once more as it is saved.
        owner: Box<ScanOwner>,
        /// What is on the screen, to be kept along.
        shown: Option<Shown>,
        /// Day of the scan, where its file states it: that of the exam.
        scanned_on: Option<Date>,
    },
    /// What is kept of an exam's picture.
    KeptPictures {
        access: Access,
        patient: PatientId,
        exam: ExamId,
        /// The file or folder that it is of.
        source: PathBuf,
    },
    EncodeKept {
        image: Arc<DynamicImage>,
        with_heat_map: bool,
        space: Size,
        capabilities: Capabilities,
    },
    DeleteExam {
        access: Access,
        exam: ExamId,
    },
    RestoreExam {
        access: Access,
        exam: ExamId,
    },
    /// What was measured and stated of an exam.
    Reading {
        access: Access,
        exam: ExamId,
    },
    AddNodule {
        access: Access,
        exam: ExamId,
        nodule: Box<MeasuredNodule>,
    },
    /// Makes a lesion that the model proposed a nodule; its number counts from 1.
    AcceptLesion {
        access: Access,
        exam: ExamId,
        lesion: u32,
        nodule: Box<MeasuredNodule>,
    },
    RejectLesion {
        access: Access,
        exam: ExamId,
        lesion: u32,
    },
    /// Takes a rejection back.
    ReopenLesion {
        access: Access,
        exam: ExamId,
        lesion: u32,
    },
    ChangeNodule {
        access: Access,
        nodule: Box<StoredNodule>,
    },
    DeleteNodule {
        access: Access,
        nodule: NoduleId,
    },
    RestoreNodule {
        access: Access,
        nodule: NoduleId,
    },
    StateCircumstances {
        access: Access,
        exam: ExamId,
        /// The one that the change was made on.
        revision: u32,
        circumstances: Circumstances,
    },
    Print {
        text: String,
    },
    SaveText {
        folder: PathBuf,
        stem: String,
        text: String,
        /// What the user is told before where the file is.
        preface: String,
    },
}

/// What sort of work a request is. Of one sort, only the newest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Plain(Discriminant<Request>),
    Accounts(Discriminant<accounts::Request>),
    Audit(Discriminant<audit::Request>),
    Export(Discriminant<export::Request>),
    PatientForm(Discriminant<patients::Request>),
    Records(Discriminant<records::Request>),
    Import(Discriminant<import::Request>),
    Bulk(Discriminant<bulk::Request>),
    Pages(Discriminant<pages::Request>),
    Preferences(Discriminant<preferences::Request>),
    RecordView(Discriminant<record_view::Request>),
}

impl Request {
    pub fn kind(&self) -> Kind {
        match self {
            Self::Accounts(request) => Kind::Accounts(discriminant(request)),
            Self::Audit(request) => Kind::Audit(discriminant(request)),
            Self::Export(request) => Kind::Export(discriminant(request)),
            Self::PatientForm(request) => Kind::PatientForm(discriminant(request)),
            Self::Records(request) => Kind::Records(discriminant(request)),
            Self::Import(request) => Kind::Import(discriminant(request)),
            Self::Bulk(request) => Kind::Bulk(discriminant(request)),
            Self::Pages(request) => Kind::Pages(discriminant(request)),
            Self::Preferences(request) => Kind::Preferences(discriminant(request)),
            Self::RecordView(request) => Kind::RecordView(discriminant(request)),
            request => Kind::Plain(discriminant(request)),
        }
    }
}

/// What came of a request. Errors are whole sentences.
pub enum Answer {
    Model(Result<Loaded, String>),
    Accounts(accounts::Answer),
    Audit(audit::Answer),
    Export(export::Answer),
    PatientForm(patients::Answer),
    Records(records::Answer),
    Import(import::Answer),
    Bulk(bulk::Answer),
    Pages(pages::Answer),
    Preferences(preferences::Answer),
    RecordView(record_view::Answer),
    RecentFolders(Result<Vec<PathBuf>, StoreError>),
    Listing(Result<Listing, String>),
    Series(Result<Vec<Arc<Series>>, ImagingError>),
    Slice(Result<Arc<SlicePicture>, String>),
    /// With the threshold that it was grown at.
    Grown(i16, Result<Box<Region>, RegionError>),
    Prefetched,
    Tags(Result<Vec<TagLine>, String>),
    Picture(Result<Arc<Picture>, String>),
    Classified(Result<TimedJudgement, EngineError>),
    SeriesAnalysed(Result<Box<ExaminedSlice>, EngineError>),
    SliceJudged(Box<JudgedSlice>),
    Patients(Result<PatientPage, StoreError>),
    Patient(Result<Box<PatientRecord>, StoreError>),
    PatientNumber(Result<String, StoreError>),
    Saved(Result<SavedExam, StoreError>),
    KeptPictures(Result<Box<KeptPictures>, String>),
    Deleted(Result<ExamId, StoreError>),
    Restored(Result<ExamId, StoreError>),
    Reading(Result<Box<ReadingRecord>, StoreError>),
    /// A nodule was added or changed.
    NoduleKept(Result<(), StoreError>),
    LesionRejected(Result<(), StoreError>),
    LesionReopened(Result<(), StoreError>),
    NoduleDeleted(Result<NoduleId, StoreError>),
    NoduleRestored(Result<NoduleId, StoreError>),
    CircumstancesStated(Result<(), StoreError>),
    Printed(Result<Delivery, String>),
    /// With the request's preface.
    TextSaved(String, Result<PathBuf, String>),
}

/// A slice of a series, with its attention if that was asked for and there is one.
#[derive(Debug)]
pub struct JudgedSlice {
    pub scan: Result<Arc<Scan>, String>,
    pub attention: Option<Attention>,
}

/// A judgement and how long it took.
#[derive(Debug, Clone, PartialEq)]
pub struct TimedJudgement {
    pub judgement: SliceAnalysis,
    pub elapsed: Duration,
}

/// A piece of work ended in a panic: a fault of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault;

/// What the work needs, shared by all threads that do it.
pub struct Services {
    config: Config,
    /// Where the user sits; kept with each sign-in.
    place: String,
    /// Opened by the first request that needs it, and again after a failure.
    store: Mutex<Option<Store>>,
}

impl Services {
    /// For a user who sits at `place`.
    pub fn new(config: Config, place: String) -> Self {
        Self {
            config,
            place,
            store: Mutex::new(None),
        }
    }

    /// As [`Services::new`], on a store that is open already.
    pub fn with_store(config: Config, store: Store) -> Self {
        Self {
            config,
            place: String::new(),
            store: Mutex::new(Some(store)),
        }
    }

    fn store(&self) -> Result<Store, StoreError> {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        match &*store {
            Some(store) => Ok(store.clone()),
            None => {
                let opened = Store::open_with_key(&self.config.home, &self.config.key)?;
                let opened = (opened.at_place(&self.place))
                    .with_open_registration(self.config.open_registration);
                Ok(store.insert(opened).clone())
            }
        }
    }

    /// Does the work as [`Self::perform`] does; a panic ends it alone.
    ///
    /// # Errors
    /// [`Fault`] where there was one. The panic's hook has reported it; a transaction that was open is rolled back.
    pub fn perform_guarded(&self, request: Request) -> Result<Answer, Fault> {
        // What the work shares with other work lies behind locks that ignore poison, and in SQLite.
        catch_unwind(AssertUnwindSafe(|| self.perform(request))).map_err(|_| Fault)
    }

    /// Does the work. Blocks for as long as it takes.
    pub fn perform(&self, request: Request) -> Answer {
        match request {
            Request::LoadModel => {
                Answer::Model(model::load(&self.config).map_err(|error| error.to_string()))
            }
            Request::Accounts(request) => {
                Answer::Accounts(accounts::perform(self.store(), request))
            }
            Request::Audit(request) => Answer::Audit(audit::perform(self.store(), request)),
            Request::Export(request) => Answer::Export(export::perform(self.store(), request)),
            Request::PatientForm(request) => {
                Answer::PatientForm(patients::perform(self.store(), request))
            }
            Request::Records(request) => Answer::Records(records::perform(self.store(), request)),
            Request::Import(request) => Answer::Import(import::perform(self.store(), request)),
            Request::Bulk(request) => Answer::Bulk(bulk::perform(self.store(), request)),
            Request::Pages(request) => Answer::Pages(pages::perform(self.store(), request)),
            Request::Preferences(request) => {
                Answer::Preferences(preferences::perform(self.store(), request))
            }
            Request::RecordView(request) => {
                Answer::RecordView(record_view::perform(self.store(), request))
            }
            Request::RecentFolders(access) => {
                Answer::RecentFolders(self.store().and_then(|store| store.recent_folders(&access)))
            }
            Request::ListFolder {
                folder,
                hidden,
                extensions,
            } => Answer::Listing(folder::list(&folder, hidden, extensions)),
            Request::OpenSeries {
                path,
                access,
                progress,
                cancel,
            } => Answer::Series(self.open_series(&path, &access, &progress, &cancel)),
            Request::Slice { series, view } => Answer::Slice(view.paint(&series).map(Arc::new)),
            Request::Grow {
                series,
                seed,
                threshold_hu,
                cancel,
            } => {
                let region = region::grow(&series, seed, threshold_hu, &cancel);
                Answer::Grown(threshold_hu, region.map(Box::new))
            }
            Request::Prefetch {
                series,
                slices,
                cancel,
            } => {
                series.prefetch(&slices, &cancel);
                Answer::Prefetched
            }
            Request::Tags(path) => {
                Answer::Tags(imaging::tags(&path).map_err(|error| error.to_string()))
            }
            Request::Encode {
                scan,
                attention,
                marks,
                space,
                capabilities,
            } => {
                let map = attention.map(|attention| attention.heat_map());
                let Capabilities { graphics, cell, .. } = capabilities;
                let picture = match map.is_none() && !marks.is_empty() {
                    true => slice::marked(&scan, &marks, space, &capabilities),
                    false => Picture::encode(&scan, map.as_ref(), graphics, cell, space),
                };
                Answer::Picture(picture.map(Arc::new))
            }
            Request::Classify {
                engine,
                scan,
                cancel,
            } => {
                let start = Instant::now();
                let judgement = engine.classify(&scan, &cancel);
                let elapsed = start.elapsed();
                Answer::Classified(judgement.map(|judgement| TimedJudgement { judgement, elapsed }))
            }
            Request::AnalyseSeries {
                engine,
                series,
                so_far,
                cancel,
            } => {
                let start = Instant::now();
                let judged = analyse(engine.as_ref(), &series, &cancel, &so_far, &mut |_, _| {});
                let place = series_analysing::place(&series);
                Answer::SeriesAnalysed(judged.map(|judgement| {
                    let elapsed = start.elapsed();
                    Box::new(judgement.examined(&series, &place, engine.as_ref(), elapsed))
                }))
            }
            Request::JudgeSlice {
                series,
                slice,
                engine,
                cancel,
            } => {
                let scan = series.slice(slice).map_err(|error| error.to_string());
                let judged =
                    engine.and_then(|engine| engine.classify(scan.as_ref().ok()?, &cancel).ok());
                let attention = judged.map(|judgement| judgement.attention);
                Answer::SliceJudged(Box::new(JudgedSlice { scan, attention }))
            }
            Request::SearchPatients { access, query } => Answer::Patients(
                self.store()
                    .and_then(|store| store.search_patients(&access, &query)),
            ),
            Request::OpenPatient { access, patient } => Answer::Patient(
                self.store()
                    .and_then(|store| store.patient(&access, patient))
                    .map(Box::new),
            ),
            Request::NextPatientNumber(access) => Answer::PatientNumber(
                self.store()
                    .and_then(|store| store.next_patient_number(&access)),
            ),
            Request::SaveExam {
                access,
                patient,
                exam,
                owner,
                shown,
                scanned_on,
            } => Answer::Saved(self.store().and_then(|store| {
                // An exam is saved even where no picture can be made of it.
                let kept = shown.map_or(Ok(Vec::new()), |shown| shown.attachments());
                let kept = kept.unwrap_or_else(|reason| {
                    tracing::warn!(reason, "no picture was kept with the exam");
                    Vec::new()
                });
                let saved = store.save_exam_of(&access, &patient, &exam, &kept, &owner)?;
                if let Some(day) = scanned_on.filter(|_| !saved.already_saved) {
                    let stated = Circumstances {
                        scanned_on: Some(day),
                        ..Circumstances::default()
                    };
                    // The exam is saved all the same: E on its nodules states the day.
                    if let Err(error) = store.state_circumstances(&access, saved.exam, 0, &stated) {
                        tracing::warn!(%error, "the day of the scan was not kept");
                    }
                }
                Ok(saved)
            })),
            Request::KeptPictures {
                access,
                patient,
                exam,
                source,
            } => {
                let kept = key_image::read(self.store(), &access, patient, exam, source);
                Answer::KeptPictures(kept.map(Box::new))
            }
            Request::EncodeKept {
                image,
                with_heat_map,
                space,
                capabilities,
            } => {
                let Capabilities { graphics, cell, .. } = capabilities;
                let picture = Picture::of_image(&image, with_heat_map, graphics, cell, space);
                Answer::Picture(picture.map(Arc::new))
            }
            Request::DeleteExam { access, exam } => Answer::Deleted(
                self.store()
                    .and_then(|store| store.delete_exam(&access, exam))
                    .map(|()| exam),
            ),
            Request::RestoreExam { access, exam } => Answer::Restored(
                self.store()
                    .and_then(|store| store.restore_exam(&access, exam))
                    .map(|()| exam),
            ),
            Request::Reading { access, exam } => Answer::Reading(
                self.store()
                    .and_then(|store| store.reading(&access, exam))
                    .map(Box::new),
            ),
            Request::AddNodule {
                access,
                exam,
                nodule,
            } => Answer::NoduleKept(
                self.store()
                    .and_then(|store| store.add_nodule(&access, exam, &nodule))
                    .map(|_| ()),
            ),
            Request::AcceptLesion {
                access,
                exam,
                lesion,
                nodule,
            } => Answer::NoduleKept(
                self.store()
                    .and_then(|store| store.accept_lesion(&access, exam, lesion, &nodule))
                    .map(|_| ()),
            ),
            Request::RejectLesion {
                access,
                exam,
                lesion,
            } => Answer::LesionRejected(
                self.store()
                    .and_then(|store| store.reject_lesion(&access, exam, lesion)),
            ),
            Request::ReopenLesion {
                access,
                exam,
                lesion,
            } => Answer::LesionReopened(
                self.store()
                    .and_then(|store| store.reopen_lesion(&access, exam, lesion)),
            ),
            Request::ChangeNodule { access, nodule } => {
                let StoredNodule {
                    id,
                    revision,
                    nodule,
                } = *nodule;
                Answer::NoduleKept(
                    self.store()
                        .and_then(|store| store.change_nodule(&access, id, revision, &nodule))
                        .map(|_| ()),
                )
            }
            Request::DeleteNodule { access, nodule } => Answer::NoduleDeleted(
                self.store()
                    .and_then(|store| store.delete_nodule(&access, nodule))
                    .map(|()| nodule),
            ),
            Request::RestoreNodule { access, nodule } => Answer::NoduleRestored(
                self.store()
                    .and_then(|store| store.restore_nodule(&access, nodule))
                    .map(|()| nodule),
            ),
            Request::StateCircumstances {
                access,
                exam,
                revision,
                circumstances,
            } => Answer::CircumstancesStated(
                self.store()
                    .and_then(|store| {
                        store.state_circumstances(&access, exam, revision, &circumstances)
                    })
                    .map(|_| ()),
            ),
            Request::Print { text } => {
                let job = Job {
                    bytes: text.as_bytes(),
                    printer: None,
                    media: None,
                };
                Answer::Printed(delivery::print(job).map_err(|error| error.to_string()))
            }
            Request::SaveText {
                folder,
                stem,
                text,
                preface,
            } => Answer::TextSaved(
                preface,
                delivery::save(&folder, &stem, "txt", text.as_bytes())
                    .map_err(|error| error.to_string()),
            ),
        }
    }

    fn open_series(
        &self,
        path: &Path,
        access: &Access,
        progress: &Progress,
        cancel: &Cancel,
    ) -> Result<Vec<Arc<Series>>, ImagingError> {
        let path = folder::expanded(path);
        let series = series::open(&path, cancel, &|state| progress.set(state.done, state.of))?;
        if let Some(folder) = path.parent() {
            // A folder that is not remembered is no reason not to show the slices.
            let remembered = self
                .store()
                .and_then(|store| store.add_recent_folder(access, folder));
            if let Err(error) = remembered {
                tracing::warn!(%error, "the folder was not remembered");
            }
        }
        Ok(series.into_iter().map(Arc::new).collect())
    }
}
