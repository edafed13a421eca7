//! Names of transfer syntaxes.

/// Name of a transfer syntax (PS3.6, table A-1), shortened to the distinguishing part.
pub fn name(uid: &str) -> Option<&'static str> {
    let name = match uid.strip_prefix("1.2.840.10008.1.2")? {
        "" => "implicit VR little endian",
        ".1" => "explicit VR little endian",
        ".1.99" => "deflated explicit VR little endian",
        ".2" => "explicit VR big endian",
        ".4.50" => "JPEG baseline, 8 bit",
        ".4.51" => "JPEG extended, 12 bit",
        ".4.57" => "JPEG lossless",
        ".4.70" => "JPEG lossless, first-order prediction",
        ".4.80" => "JPEG-LS lossless",
        ".4.81" => "JPEG-LS near-lossless",
        ".4.90" => "JPEG 2000 lossless",
        ".4.91" => "JPEG 2000",
        ".4.92" => "JPEG 2000 multi-component lossless",
        ".4.93" => "JPEG 2000 multi-component",
        ".4.110" => "JPEG XL lossless",
        ".4.111" | ".4.112" => "JPEG XL",
        ".4.201" | ".4.202" => "high-throughput JPEG 2000 lossless",
        ".4.203" => "high-throughput JPEG 2000",
        ".5" => "RLE lossless",
        _ => return None,
    };
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_syntax_is_named_by_its_whole_uid() {
        assert_eq!(name("1.2.840.10008.1.2.4.80"), Some("JPEG-LS lossless"));
        assert_eq!(name("1.2.840.10008.1.2"), Some("implicit VR little endian"));
        assert_eq!(name("1.2.840.10008.1.2.4.8"), None);
        assert_eq!(name("9.9"), None);
    }
}
