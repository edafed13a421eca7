//! Extends the lungs' air to the area that may contain a lesion: enclosed structures, and parts missing from
//! the outline.

use super::body::Body;
use super::cells::Shape;
use super::distance::{grown, shrunk};
use super::pieces::{pieces, without_holes};

/// Gaps up to twice this width are closed everywhere: vessels, nodules, the hilum.
const CLOSING_MM: f32 = 14.0;
/// Margin of the mask around the lungs.
const MARGIN_MM: f32 = 9.0;
/// Maximum distance of the line between both lungs from the centre of the body, as a share of its width.
const MIDDLE_SHARE: f32 = 0.12;

/// The lungs with vessels, nodules and masses, and a margin of 9 mm.
pub(super) fn enclose(lung: &[bool], body: &Body, shape: Shape) -> Vec<bool> {
    let split = split_column(lung, body, shape);
    let mut mask = vec![false; lung.len()];
    for columns in [0..split, split..shape.columns] {
        let side: Vec<bool> = (lung.iter().enumerate())
            .map(|(cell, &lung)| lung && columns.contains(&(cell % shape.columns)))
            .collect();
        if side.contains(&true) {
            add(&mut mask, &one_lung(&side, body, shape));
        }
    }
    let mirrored = mirrored_behind(&mask, body, shape);
    add(&mut mask, &mirrored);
    let mask = grown(&mask, shape, MARGIN_MM)
        .into_iter()
        .zip(&body.outside);
    mask.map(|(mask, outside)| mask && !outside).collect()
}

/// The posterior part of the lungs, mirrored.
///
/// There both lungs are alike, so a part missing in one of them is a mass, a consolidation or an effusion. In
/// the anterior part the heart and the liver make them different. The patient is assumed to be supine, with the
/// back at the bottom of the picture; for a prone patient the mask includes some of the heart.
fn mirrored_behind(mask: &[bool], body: &Body, shape: Shape) -> Vec<bool> {
    let [middle_row, middle] = body.middle();
    let columns = (0..shape.columns).filter(|column| {
        let cells = mask.iter().skip(*column).step_by(shape.columns);
        cells.copied().any(|cell| cell)
    });
    let (first, last) = columns.fold((shape.columns, 0), |(first, _), column| {
        (first.min(column), column)
    });
    // Both lungs together are symmetric even if an arm at one side shifts the centre of the body.
    let sum = match is_central(first, last, body) {
        true => first + last,
        false => (2.0 * middle).round() as usize,
    };
    (0..mask.len())
        .map(|cell| {
            let (row, column) = (cell / shape.columns, cell % shape.columns);
            let other = sum
                .checked_sub(column)
                .filter(|&other| other < shape.columns);
            row as f32 > middle_row
                && body.tissue[cell]
                && other.is_some_and(|other| mask[row * shape.columns + other])
        })
        .collect()
}

/// True if the middle between two columns is near the centre of the body.
fn is_central(first: usize, last: usize, body: &Body) -> bool {
    let [_, middle] = body.middle();
    ((first + last) as f32 / 2.0 - middle).abs() <= MIDDLE_SHARE * body.width() as f32
}

fn add(mask: &mut [bool], more: &[bool]) {
    for (cell, more) in mask.iter_mut().zip(more) {
        *cell |= more;
    }
}

/// The column between both lungs: near the centre of the body, where the lungs have the fewest cells.
fn split_column(lung: &[bool], body: &Body, shape: Shape) -> usize {
    let middle = body.middle()[1] as usize;
    let reach = (MIDDLE_SHARE * body.width() as f32) as usize;
    let last = (middle + reach).min(shape.columns - 1);
    let count = |column: &usize| {
        let cells = lung.iter().skip(*column).step_by(shape.columns);
        (cells.filter(|cell| **cell).count(), column.abs_diff(middle))
    };
    (middle.saturating_sub(reach)..=last)
        .min_by_key(count)
        .unwrap_or(middle)
}

/// One lung, closed, with the pockets of its convex hull that open outwards.
fn one_lung(lung: &[bool], body: &Body, shape: Shape) -> Vec<bool> {
    let closed = shrunk(&grown(lung, shape, CLOSING_MM), shape, CLOSING_MM);
    let mut whole = without_holes(&closed, shape);
    let hull = convex_hull(&whole, shape);
    let pocket: Vec<bool> = hull
        .iter()
        .zip(&whole)
        .map(|(&hull, &whole)| hull && !whole)
        .collect();
    for pocket in pieces(&pocket, shape) {
        if opens_outwards(&pocket, &hull, body, shape) {
            for cell in pocket {
                whole[cell] = true;
            }
        }
    }
    whole
}

/// True if a pocket of the hull opens away from the centre of the body: a mass or an effusion between lung and
/// chest wall, not the heart or the liver.
fn opens_outwards(pocket: &[usize], hull: &[bool], body: &Body, shape: Shape) -> bool {
    // The sum of the outward steps over the pocket's opening is its normal times its length.
    let (mut normal, mut place, mut steps) = ([0.0; 2], [0.0; 2], 0.0);
    let [down_mm, across_mm] = shape.cell_mm;
    for &cell in pocket {
        let (row, column) = (cell / shape.columns, cell % shape.columns);
        for neighbour in shape.neighbours(cell).filter(|&neighbour| !hull[neighbour]) {
            // A vertical step crosses an edge of the cell's width, a horizontal step one of its height.
            let down = (neighbour / shape.columns) as f32 - row as f32;
            let across = (neighbour % shape.columns) as f32 - column as f32;
            normal = [normal[0] + down * across_mm, normal[1] + across * down_mm];
            place = [place[0] + row as f32, place[1] + column as f32];
            steps += 1.0;
        }
    }
    if steps == 0.0 {
        return true;
    }
    let [row, column] = body.middle();
    let away = [
        (place[0] / steps - row) * down_mm,
        (place[1] / steps - column) * across_mm,
    ];
    normal[0] * away[0] + normal[1] * away[1] > 0.0
}

/// The cells of the convex hull of a mask.
fn convex_hull(mask: &[bool], shape: Shape) -> Vec<bool> {
    let mut hull = vec![false; mask.len()];
    let rows = mask.chunks_exact(shape.columns).enumerate();
    let ends: Vec<(usize, usize, usize)> = rows
        .filter_map(|(row, cells)| {
            let first = cells.iter().position(|&cell| cell)?;
            let last = cells.iter().rposition(|&cell| cell)?;
            Some((row, first, last))
        })
        .collect();
    let left = chain(
        ends.iter()
            .map(|&(row, first, _)| [row as f64, first as f64]),
    );
    let right = chain(
        ends.iter()
            .map(|&(row, _, last)| [row as f64, -(last as f64)]),
    );
    let (Some(&(top, ..)), Some(&(bottom, ..))) = (ends.first(), ends.last()) else {
        return hull;
    };
    for row in top..=bottom {
        let first = along(&left, row as f64).ceil();
        let last = (-along(&right, row as f64)).floor();
        if first <= last {
            let start = row * shape.columns;
            hull[start + first as usize..=start + last as usize].fill(true);
        }
    }
    hull
}

/// The points of a chain that is convex towards smaller second coordinates, from points sorted by their first.
fn chain(points: impl Iterator<Item = [f64; 2]>) -> Vec<[f64; 2]> {
    let mut chain: Vec<[f64; 2]> = Vec::new();
    for point in points {
        while let [.., before, last] = chain[..] {
            let cross = (last[0] - before[0]) * (point[1] - before[1])
                - (last[1] - before[1]) * (point[0] - before[0]);
            if cross > 0.0 {
                break;
            }
            chain.pop();
        }
        chain.push(point);
    }
    chain
}

/// The second coordinate of a chain at a first coordinate within its range.
fn along(chain: &[[f64; 2]], at: f64) -> f64 {
    let end = chain
        .partition_point(|point| point[0] < at)
        .min(chain.len() - 1);
    let [from, to] = [chain[end.saturating_sub(1)], chain[end]];
    if to[0] <= at {
        return to[1];
    }
    from[1] + (to[1] - from[1]) * (at - from[0]) / (to[0] - from[0])
}
