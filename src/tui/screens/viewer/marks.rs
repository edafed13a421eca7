//! Marks around a picture: orientation letters and a scale bar.

use super::frame::PictureFrame;
use crate::imaging::series::Geometry;

/// Share of a direction below which it gets no letter.
const OBLIQUE: f64 = 0.35;

/// Letters at the picture's edges: left, right, top, bottom. (PS3.3 C.7.6.1.1.1: x grows to the patient's left, y to
/// the back, z to the head.)
pub fn sides(orientation: &[f64; 6]) -> [String; 4] {
    let [row_x, row_y, row_z, column_x, column_y, column_z] = *orientation;
    let (right, bottom) = ([row_x, row_y, row_z], [column_x, column_y, column_z]);
    let other = |direction: [f64; 3]| direction.map(|part| -part);
    [other(right), right, other(bottom), bottom].map(towards)
}

/// One letter, or two for an oblique direction: R or L, A or P, F or H.
fn towards(direction: [f64; 3]) -> String {
    const LETTERS: [[char; 2]; 3] = [['R', 'L'], ['A', 'P'], ['F', 'H']];
    let mut parts: Vec<(f64, char)> = direction
        .iter()
        .zip(LETTERS)
        .map(|(part, [below, above])| (part.abs(), if *part > 0.0 { above } else { below }))
        .filter(|(size, _)| *size > OBLIQUE)
        .collect();
    parts.sort_by(|one, other| other.0.total_cmp(&one.0));
    parts
        .into_iter()
        .take(2)
        .map(|(_, letter)| letter)
        .collect()
}

/// Possible lengths of a bar, in mm.
const LENGTHS: [f64; 16] = [
    200.0, 150.0, 100.0, 80.0, 60.0, 50.0, 40.0, 30.0, 20.0, 15.0, 10.0, 8.0, 5.0, 3.0, 2.0, 1.0,
];

/// Largest relative error of a bar's length, because columns are whole.
const MOST_ERROR: f64 = 0.06;

/// Bar of a round length with its label, at most `room` columns wide; `None` without spacing or room.
pub fn scale_bar(frame: &PictureFrame, geometry: &Geometry, room: u16) -> Option<String> {
    let [_, spacing] = geometry.spacing_mm?;
    let mm_a_column = frame.pixels_a_column() * spacing;
    let columns = |mm: f64| (mm / mm_a_column).round() as u16;
    let longest = room.saturating_sub(6).min(frame.cells.width / 2);
    let near = |mm: f64| (f64::from(columns(mm)) * mm_a_column - mm).abs() <= MOST_ERROR * mm;
    let mm = LENGTHS
        .into_iter()
        .find(|mm| (3..=longest).contains(&columns(*mm)) && near(*mm))?;
    let bar = "─".repeat(usize::from(columns(mm) - 2));
    Some(match mm >= 10.0 {
        true => format!("├{bar}┤ {} cm", mm / 10.0),
        false => format!("├{bar}┤ {mm} mm"),
    })
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Size;

    use super::*;

    #[test]
    fn an_axial_slice_has_right_on_the_left_and_front_on_top() {
        let sides = sides(&[1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        assert_eq!(sides, ["R", "L", "A", "P"]);
    }

    #[test]
    fn coronal_and_sagittal_slices_have_the_head_on_top() {
        assert_eq!(
            sides(&[1.0, 0.0, 0.0, 0.0, 0.0, -1.0]),
            ["R", "L", "H", "F"]
        );
        assert_eq!(
            sides(&[0.0, 1.0, 0.0, 0.0, 0.0, -1.0]),
            ["A", "P", "H", "F"]
        );
    }

    #[test]
    fn an_oblique_direction_has_two_letters_the_nearer_first() {
        let sides = sides(&[0.8, 0.6, 0.0, -0.6, 0.8, 0.0]);
        assert_eq!(sides, ["RA", "LP", "AL", "PR"]);
    }

    #[test]
    fn the_bar_has_its_labelled_length() {
        let frame = PictureFrame {
            first: [0, 0],
            extent: [400, 400],
            cells: Size::new(40, 20),
            samples: [1, 1],
            levels: [1, 1],
        };
        let geometry = |spacing_mm| Geometry {
            rows: 400,
            columns: 400,
            spacing_mm,
            orientation: None,
            step_mm: None,
        };
        // 8 mm a column: 15 cm are 18.75 of them.
        let bar = scale_bar(&frame, &geometry(Some([0.8, 0.8])), 40).unwrap();
        assert_eq!(bar, format!("├{}┤ 15 cm", "─".repeat(17)));
        let bar = scale_bar(&frame, &geometry(Some([0.01, 0.01])), 40).unwrap();
        assert_eq!(bar, format!("├{}┤ 2 mm", "─".repeat(18)));
        assert_eq!(scale_bar(&frame, &geometry(None), 40), None);
        assert_eq!(scale_bar(&frame, &geometry(Some([0.8, 0.8])), 9), None);
    }
}
