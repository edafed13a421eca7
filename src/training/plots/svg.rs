//! Renders a drawing as SVG, with its text as text.

use std::fmt::Write;

use super::drawing::{Anchor, Colour, Drawing, Mark, Point, Stroke, Text};

/// The whole document.
pub fn write(drawing: &Drawing) -> String {
    let Drawing { width, height, .. } = drawing;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" \
         font-family=\"'DejaVu Sans', Verdana, sans-serif\">\n<title>{}</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
        escaped(&drawing.title)
    );
    for mark in &drawing.marks {
        svg += &element(mark);
        svg.push('\n');
    }
    svg += "</svg>\n";
    svg
}

fn element(mark: &Mark) -> String {
    match mark {
        Mark::Line { points, stroke } => format!(
            "<polyline points=\"{}\" fill=\"none\"{} stroke-linejoin=\"round\"/>",
            places(points),
            stroked(stroke)
        ),
        Mark::Area { points, fill } => {
            format!("<polygon points=\"{}\"{}/>", places(points), filled(fill))
        }
        Mark::Circle {
            centre: (x, y),
            radius,
            fill,
            edge,
        } => format!(
            "<circle cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"{radius}\"{}{}/>",
            filled(fill),
            stroked(edge)
        ),
        Mark::Text(text) => line_of_text(text),
    }
}

fn line_of_text(text: &Text) -> String {
    let (x, y) = text.at;
    let anchor = match text.anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    let weight = if text.bold {
        " font-weight=\"bold\""
    } else {
        ""
    };
    let turned = match text.upright {
        true => format!(" transform=\"rotate(-90 {x:.2} {y:.2})\""),
        false => String::new(),
    };
    let rim = match text.rimmed {
        true => format!("{} paint-order=\"stroke\"", stroked(&Text::RIM)),
        false => String::new(),
    };
    format!(
        "<text x=\"{x:.2}\" y=\"{y:.2}\" font-size=\"{}\" text-anchor=\"{anchor}\"{weight}{}{rim}{turned}>{}</text>",
        text.size,
        filled(&text.colour),
        escaped(&text.text)
    )
}

fn places(points: &[Point]) -> String {
    let mut places = String::new();
    for (x, y) in points {
        let gap = if places.is_empty() { "" } else { " " };
        // Writing to a String cannot fail.
        let _ = write!(places, "{gap}{x:.2},{y:.2}");
    }
    places
}

fn filled(colour: &Colour) -> String {
    painted("fill", colour)
}

fn stroked(stroke: &Stroke) -> String {
    let dashes = if stroke.dashed {
        " stroke-dasharray=\"5 4\""
    } else {
        ""
    };
    format!(
        "{} stroke-width=\"{}\"{dashes}",
        painted("stroke", &stroke.colour),
        stroke.width
    )
}

fn painted(what: &str, colour: &Colour) -> String {
    let [red, green, blue] = colour.rgb;
    let opacity = match colour.opacity < 1.0 {
        true => format!(" {what}-opacity=\"{:.3}\"", colour.opacity),
        false => String::new(),
    };
    format!(" {what}=\"#{red:02x}{green:02x}{blue:02x}\"{opacity}")
}

/// Text for XML: markup escaped, and characters that XML does not allow removed.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text_and_markup_in_it_is_harmless() {
        let mut drawing = Drawing::new(100.0, 50.0, "a < b & \"c\"");
        let text = Text::new((5.0, 10.0), "<script>\u{1b}x</script>");
        drawing.text(text.bold().rimmed());
        let svg = write(&drawing);
        assert!(svg.contains("<title>a &lt; b &amp; &quot;c&quot;</title>"));
        assert!(svg.contains(">&lt;script&gt;x&lt;/script&gt;</text>"));
        assert_eq!(svg.matches("<text").count(), 1);
        assert!(svg.contains("paint-order=\"stroke\""));
    }

    #[test]
    fn every_mark_becomes_an_element() {
        let mut drawing = Drawing::new(100.0, 50.0, "marks");
        drawing.line(
            vec![(0.0, 0.0), (10.0, 5.5)],
            Stroke::dashed(Colour::BLUE, 2.0),
        );
        drawing.rectangle((0.0, 0.0), (4.0, 4.0), Colour::GREEN.with_opacity(0.5));
        drawing.dot((5.0, 5.0), 3.0, Colour::VERMILION);
        let svg = write(&drawing);
        assert!(svg.contains("points=\"0.00,0.00 10.00,5.50\""), "{svg}");
        assert!(svg.contains("stroke-dasharray"));
        assert!(svg.contains("fill=\"#009e73\" fill-opacity=\"0.500\""));
        assert!(svg.contains("<circle cx=\"5.00\""));
    }
}
