//! Text on a page: characters to glyphs, in the right order and broken into lines.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use parley::style::{
    FontFamily, FontFamilyName, FontWeight, LineHeight, OverflowWrap, StyleProperty,
};
use parley::{Alignment, AlignmentOptions, Layout, LayoutContext};

use super::faces::{Faces, Fonts};
use super::scripts;
use crate::text::scrub;

/// The style of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Look {
    /// Size in points.
    pub(super) size: f32,
    pub(super) is_bold: bool,
    pub(super) ink: Ink,
}

/// The kind of a text, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Text,
    Muted,
    Heading,
    Preliminary,
    Final,
}

/// A text broken into lines.
pub(super) struct Lettered {
    pub(super) text: String,
    pub(super) layout: Layout<()>,
    pub(super) look: Look,
}

impl Lettered {
    /// Height in points.
    pub(super) fn height(&self) -> f32 {
        self.layout.height()
    }

    /// Upper and lower edge of each line, in points from the top of the text.
    pub(super) fn lines(&self) -> impl Iterator<Item = (f32, f32)> {
        self.layout.lines().map(|line| {
            let metrics = line.metrics();
            (metrics.block_min_coord, metrics.block_max_coord)
        })
    }
}

/// Height of a line relative to the size of its letters.
const LINE: f32 = 1.3;

/// Lays out lines of text.
pub(super) struct Lettering {
    faces: Faces,
    layouts: LayoutContext<()>,
    lacking: BTreeSet<char>,
}

impl Lettering {
    pub(super) fn new(fonts: Fonts) -> Self {
        Self {
            faces: Faces::new(fonts),
            layouts: LayoutContext::new(),
            lacking: BTreeSet::new(),
        }
    }

    /// The text in lines of at most `measure` points. Line breaks of the text are kept, and it is scrubbed.
    pub(super) fn letter(&mut self, text: &str, look: Look, measure: f32) -> Lettered {
        let text = self.spell(text);
        let layout = self.lay(&text, look, measure);
        let holes = holes(&layout, &text);
        if holes.is_empty() {
            return Lettered { text, layout, look };
        }
        // Each of the letters has a font, but no font has them all.
        let text = self.fill(&text, &holes);
        let layout = self.lay(&text, look, measure);
        Lettered { text, layout, look }
    }

    /// The names of the scripts that no font could draw, each once.
    pub(super) fn lacking_scripts(&self) -> BTreeSet<&'static str> {
        self.lacking.iter().copied().map(scripts::name).collect()
    }

    /// The scrubbed text, line by line, with characters without a font as their number: `[U+0905]`.
    fn spell(&mut self, text: &str) -> String {
        let mut spelled = String::with_capacity(text.len());
        for (index, line) in text.lines().enumerate() {
            if index > 0 {
                spelled.push('\n');
            }
            for letter in scrub(line).chars() {
                match is_silent(letter) || self.faces.have(letter) {
                    true => spelled.push(letter),
                    false => self.name(letter, &mut spelled),
                }
            }
        }
        spelled
    }

    fn fill(&mut self, text: &str, holes: &[Range<usize>]) -> String {
        let mut filled = String::with_capacity(text.len());
        for (place, letter) in text.char_indices() {
            match holes.iter().any(|hole| hole.contains(&place)) {
                true => self.name(letter, &mut filled),
                false => filled.push(letter),
            }
        }
        filled
    }

    fn name(&mut self, letter: char, into: &mut String) {
        self.lacking.insert(letter);
        into.push_str(&format!("[U+{:04X}]", u32::from(letter)));
    }

    fn lay(&mut self, text: &str, look: Look, measure: f32) -> Layout<()> {
        let Faces {
            context, families, ..
        } = &mut self.faces;
        let families: Vec<FontFamilyName<'_>> = (families.iter())
            .map(|family| FontFamilyName::Named(Cow::Borrowed(family)))
            .collect();
        let mut builder = self.layouts.ranged_builder(context, text, 1.0, false);
        builder.push_default(StyleProperty::FontFamily(FontFamily::List(families.into())));
        builder.push_default(StyleProperty::FontSize(look.size));
        builder.push_default(StyleProperty::LineHeight(LineHeight::FontSizeRelative(
            LINE,
        )));
        builder.push_default(StyleProperty::OverflowWrap(OverflowWrap::Anywhere));
        if look.is_bold {
            builder.push_default(StyleProperty::FontWeight(FontWeight::BOLD));
        }
        let mut layout = builder.build(text);
        layout.break_all_lines(Some(measure));
        layout.align(Alignment::Left, AlignmentOptions::default());
        layout
    }
}

/// True for characters without a visible shape: variation selectors.
fn is_silent(letter: char) -> bool {
    matches!(letter, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// The ranges of a text for which the layout has only a font's empty box.
fn holes(layout: &Layout<()>, text: &str) -> Vec<Range<usize>> {
    let lines = layout.lines();
    let clusters = lines.flat_map(|line| line.runs().flat_map(|run| run.visual_clusters()));
    let holes = clusters.filter(|cluster| {
        let broken = cluster.glyphs().any(|glyph| glyph.id == 0);
        broken && text.get(cluster.text_range()) != Some("\n")
    });
    holes.map(|cluster| cluster.text_range()).collect()
}
