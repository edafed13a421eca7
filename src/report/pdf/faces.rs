//! Fonts for a character: the bundled one, then the system's.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use fontdb::{Database, FaceInfo, ID, Style};
use parley::FontContext;
use parley::fontique::{
    Blob, Collection, CollectionOptions, FontInfoOverride, FontWeight, SourceCache,
};
use ttf_parser::Face;

/// The sources of fonts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fonts {
    /// Only the font that is part of LUNNY: the same pages on every machine.
    Bundled,
    /// Also the system's fonts, for scripts that the bundled font lacks.
    #[default]
    System,
}

/// The bundled family, as layouts ask for it.
const BUNDLED: &str = "bundled";
/// Maximum number of the system's fonts in one document.
const MAX_FONTS: usize = 24;
/// Maximum number of the system's fonts that are searched for a character.
const MAX_SEARCHED: usize = 4_000;
/// Maximum size of a font file in bytes; those for Chinese have some 20 million.
const MAX_FONT_BYTES: usize = 64 << 20;
/// Fonts that have an empty box as the glyph of every character.
const EMPTY_BOXES: [&str; 3] = ["last resort", "lastresort", "adobe blank"];

/// The fonts of one document.
pub(super) struct Faces {
    pub(super) context: FontContext,
    /// Font families in the order of search.
    pub(super) families: Vec<String>,
    bundled: Option<Face<'static>>,
    taken: Vec<(Blob<u8>, u32)>,
    fonts: Fonts,
    /// By character: true if some font has it.
    known: HashMap<char, bool>,
}

impl Faces {
    pub(super) fn new(fonts: Fonts) -> Self {
        let mut collection = Collection::new(CollectionOptions {
            shared: false,
            system_fonts: false,
        });
        let weights = [
            (dejavu::sans_condensed::regular(), FontWeight::NORMAL),
            (dejavu::sans_condensed::bold(), FontWeight::BOLD),
        ];
        for (bytes, weight) in weights {
            register(&mut collection, Blob::new(Arc::new(bytes)), BUNDLED, weight);
        }
        Self {
            context: FontContext {
                collection,
                source_cache: SourceCache::default(),
            },
            families: vec![BUNDLED.to_owned()],
            bundled: Face::parse(dejavu::sans_condensed::regular(), 0).ok(),
            taken: Vec::new(),
            fonts,
            known: HashMap::new(),
        }
    }

    /// True if some font has the character; loads one of the system's fonts if needed.
    pub(super) fn have(&mut self, letter: char) -> bool {
        if let Some(known) = self.known.get(&letter) {
            return *known;
        }
        let bundled = self.bundled.as_ref();
        let found = bundled.is_some_and(|face| face.glyph_index(letter).is_some())
            || self
                .taken
                .iter()
                .any(|(blob, index)| has(blob.data(), *index, letter))
            || (self.fonts == Fonts::System && self.take(letter));
        self.known.insert(letter, found);
        found
    }

    /// Loads the first of the system's fonts that has the character.
    fn take(&mut self, letter: char) -> bool {
        if self.taken.len() >= MAX_FONTS {
            return false;
        }
        let System { database, order } = system();
        let found = order.iter().find_map(|id| {
            let found = database.with_face_data(*id, |bytes, index| {
                let fits = bytes.len() <= MAX_FONT_BYTES && has(bytes, index, letter);
                fits.then(|| (bytes.to_vec(), index))
            });
            found.flatten()
        });
        let Some((bytes, index)) = found else {
            return false;
        };
        let blob = Blob::from(bytes);
        let family = format!("system-{}", self.taken.len());
        register(
            &mut self.context.collection,
            blob.clone(),
            &family,
            FontWeight::NORMAL,
        );
        self.families.push(family);
        self.taken.push((blob, index));
        true
    }
}

fn register(collection: &mut Collection, blob: Blob<u8>, family: &str, weight: FontWeight) {
    let named = FontInfoOverride {
        family_name: Some(family),
        weight: Some(weight),
        ..FontInfoOverride::default()
    };
    collection.register_fonts(blob, Some(named));
}

fn has(bytes: &[u8], index: u32, letter: char) -> bool {
    Face::parse(bytes, index).is_ok_and(|face| face.glyph_index(letter).is_some())
}

/// The system's fonts in the order of search: plain upright ones first, then by name, so that equal records make equal pages.
struct System {
    database: Database,
    order: Vec<ID>,
}

/// Lists the system's fonts once, when a character first needs one.
fn system() -> &'static System {
    static SYSTEM: OnceLock<System> = OnceLock::new();
    SYSTEM.get_or_init(|| {
        let mut database = Database::new();
        database.load_system_fonts();
        let mut faces: Vec<&FaceInfo> = database.faces().filter(|face| !is_boxes(face)).collect();
        faces.sort_by_cached_key(|face| {
            let name = face.post_script_name.clone();
            (distance(face), name, face.index)
        });
        let order = faces
            .iter()
            .take(MAX_SEARCHED)
            .map(|face| face.id)
            .collect();
        System { database, order }
    })
}

fn family(face: &FaceInfo) -> &str {
    face.families.first().map_or("", |(name, _)| name.as_str())
}

fn is_boxes(face: &FaceInfo) -> bool {
    let name = family(face).to_lowercase();
    EMPTY_BOXES.iter().any(|boxes| name.contains(boxes))
}

/// Distance of a font from a plain sans serif.
fn distance(face: &FaceInfo) -> u32 {
    let weight = u32::from(face.weight.0.abs_diff(400)) / 100;
    let slanted = u32::from(face.style != Style::Normal) * 10;
    let spaced = u32::from(face.monospaced) * 3;
    let serifs = u32::from(!family(face).contains("Sans")) * 2;
    weight + slanted + spaced + serifs
}
