//! Details of the shown slice, and hints about keys.

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span, Text};

use super::slice::SlicePicture;
use super::{Viewer, position};
use crate::clinical::assessment::Lesion;
use crate::imaging::{Pixels, Scan};
use crate::report::lesions;
use crate::text::{self, file_size, scrub};
use crate::tui::context::{Context, ModelStatus};
use crate::tui::screens::worklist::scan;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::panel;

type Fact = (&'static str, String);

impl Viewer {
    pub(super) fn draw_facts(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let shown = self.shown.as_ref().filter(|_| self.failed.is_none());
        let Some(shown) = shown else {
            let slice = self.slice_fact(None).into_iter();
            frame.render_widget(panel::paragraph(lines(slice, theme)), area);
            return;
        };
        let mut text = lines(self.of_view(shown).into_iter(), theme);
        text.push_line(Line::raw(""));
        let (sentence, role) = self.hint(context);
        let sentence = scrub(&sentence).into_owned();
        text.push_line(Line::styled(sentence, theme.style(role)));
        if let Some(planned) = &self.planned {
            let planned = scan::sentence(planned);
            text.push_line(Line::styled(planned, theme.style(Role::Good)));
        }
        text.push_line(Line::raw(""));
        for remark in &self.series.remarks {
            let remark = text::sentence(&scrub(remark));
            text.push_line(Line::styled(remark, theme.style(Role::Warning)));
        }
        text.extend(lines(of_file(&shown.scan).into_iter(), theme));
        frame.render_widget(panel::paragraph(text), area);
    }

    /// Shown slice, requested slice, and the number that is being typed.
    fn slice_fact(&self, shown: Option<usize>) -> Option<Fact> {
        let count = self.series.len();
        if count < 2 {
            return None;
        }
        if !self.typed.is_empty() {
            return Some(("Go to", format!("{}▏ of {count}, press Enter", self.typed)));
        }
        let wanted = self.position.slice + 1;
        Some(match shown {
            Some(shown) if shown + 1 != wanted => (
                "Slice",
                format!("{} of {count}, loading {wanted}", shown + 1),
            ),
            _ => ("Slice", format!("{wanted} of {count}")),
        })
    }

    /// Details of the view, one line each.
    pub(super) fn of_view(&self, shown: &SlicePicture) -> Vec<Fact> {
        let (view, geometry) = (&shown.view, &self.series.geometry);
        let mut facts: Vec<Fact> = self.slice_fact(Some(view.slice)).into_iter().collect();
        let source = self.series.slices().get(view.slice);
        if let Some(position) = source.and_then(|source| source.position_mm)
            && let Some(orientation) = geometry.orientation
        {
            let along = along_normal(position, orientation);
            facts.push(("Position", format!("{along:.1} mm")));
        }
        facts.push(match &shown.scan.pixels {
            Pixels::Grey(_) => ("Values", "grey levels, as saved".to_owned()),
            Pixels::Hounsfield(_) => {
                let window = view.window;
                let name = position::preset(window).unwrap_or("free");
                let (width, centre) = (window.width_hu, window.centre_hu);
                ("Window", format!("{name}, W{width} C{centre}"))
            }
        });
        let inverted = if view.inverted { ", inverted" } else { "" };
        facts.push(("Zoom", format!("{} ×{inverted}", self.position.zoom())));
        facts.extend(self.lesion_facts());
        facts.extend(self.measured_facts());
        if let (Some(cursor), Some(source)) = (self.cursor, source) {
            let value = cursor.value(&shown.scan);
            facts.push(("Cursor", value.unwrap_or_else(|| "outside".to_owned())));
            let place = format!("row {}, column {}", cursor.row + 1, cursor.column + 1);
            facts.push(("", place));
            if let Some([x, y, z]) = cursor.in_patient(geometry, source) {
                facts.push(("", format!("{x:.1}, {y:.1}, {z:.1} mm")));
            } else if let Some([down, right]) = cursor.from_corner(geometry) {
                facts.push(("", format!("x {right:.1}, y {down:.1} mm")));
            }
        }
        facts
    }

    /// Number of the selected lesion.
    fn lesion_facts(&self) -> Vec<Fact> {
        let chosen = self
            .lesion
            .and_then(|index| Some((index, self.lesions.get(index)?)));
        let Some((index, lesion)) = chosen else {
            return Vec::new();
        };
        let number = format!("{} of {}", index + 1, self.lesions.len());
        let parts = [number, lesions::diameter(lesion)];
        let stated = parts.into_iter().filter(|part| !part.is_empty());
        let number = stated.collect::<Vec<_>>().join(", ");
        vec![("Lesion", number), ("", Lesion::BASIS.to_owned())]
    }

    /// Hint about Enter, or the reason why it does nothing.
    fn hint(&self, context: &Context<'_>) -> (String, Role) {
        if let Some(hint) = self.measuring_hint() {
            return (hint, Role::Accent);
        }
        match (&self.refusal, self.eager.is_some(), context.model) {
            (Some(reason), ..) => (
                text::sentence(&format!("not analysed: {reason}")),
                Role::Warning,
            ),
            (None, true, ModelStatus::Loading) => (
                "The model is loading; the analysis then starts automatically.".to_owned(),
                Role::Accent,
            ),
            (None, _, ModelStatus::Unavailable(sentence)) => (sentence.clone(), Role::Warning),
            (None, ..) if self.series.len() > 1 => (
                "Press Enter to analyse the series, a for this slice only.".to_owned(),
                Role::Accent,
            ),
            (None, ..) => ("Press Enter to analyse.".to_owned(), Role::Accent),
        }
    }
}

/// Position of a slice along its normal, in mm.
fn along_normal(position: [f64; 3], orientation: [f64; 6]) -> f64 {
    let [a, b, c, d, e, f] = orientation;
    let normal = [b * f - c * e, c * d - a * f, a * e - b * d];
    normal
        .iter()
        .zip(position)
        .map(|(one, other)| one * other)
        .sum()
}

/// Details of a file, one line each.
fn of_file(scan: &Scan) -> Vec<Fact> {
    let origin = &scan.provenance;
    let name = origin.path.file_name().unwrap_or_default();
    let mut facts = vec![
        ("File", name.to_string_lossy().into_owned()),
        ("Format", origin.format.label().to_owned()),
        ("Size", file_size(origin.bytes)),
        ("Pixels", format!("{} × {}", scan.width, scan.height)),
    ];
    facts.push(match scan.spacing_mm {
        Some([row, column]) => ("Spacing", format!("{row:.3} × {column:.3} mm")),
        None => ("Spacing", "not stated in the file".to_owned()),
    });
    if let Some(dicom) = &origin.dicom {
        let stated = [
            ("Modality", Some(dicom.modality.clone())),
            ("Body part", dicom.body_part.clone()),
            ("Series", dicom.series_description.clone()),
            ("Date", dicom.date.as_deref().map(day)),
            (
                "Thickness",
                dicom.slice_thickness_mm.map(|mm| format!("{mm:.2} mm")),
            ),
        ];
        let stated = stated.into_iter();
        facts.extend(stated.filter_map(|(name, value)| Some((name, value?))));
    }
    let digest: String = origin.sha256.chars().take(16).collect();
    facts.push(("SHA-256", format!("{digest}…")));
    facts
}

/// A date of DICOM (`20250115`) as it is shown elsewhere; anything else as it is.
pub fn day(stated: &str) -> String {
    let stated = stated.trim();
    match Date::strptime("%Y%m%d", stated) {
        Ok(day) if stated.len() == 8 => day.to_string(),
        _ => stated.to_owned(),
    }
}

fn lines(facts: impl Iterator<Item = Fact>, theme: &Theme) -> Text<'static> {
    Text::from_iter(facts.map(|(name, value)| {
        Line::from(vec![
            Span::styled(format!("{name:<10}"), theme.style(Role::Muted)),
            Span::raw(scrub(&value).into_owned()),
        ])
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_of_dicom_is_shown_as_dates_are_elsewhere() {
        let days = [
            "20250115",
            "20250115 ",
            "20251399",
            "2025.01.15",
            "",
            "202501151",
        ]
        .map(day);
        let shown = [
            "2025-01-15",
            "2025-01-15",
            "20251399",
            "2025.01.15",
            "",
            "202501151",
        ];
        assert_eq!(days, shown);
    }
}
