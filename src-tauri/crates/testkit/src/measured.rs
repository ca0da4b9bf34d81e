//! Pages of measurements: a program writes the figures, people write what the figures mean.

use std::io;
use std::path::Path;

/// The part that people wrote begins with this line.
const NOTES: &str = "<!-- Written by hand from here on; measuring again leaves it as it is. -->";

/// Writes the figures, and keeps the part that people wrote below the earlier ones.
///
/// # Errors
/// When the page cannot be written, or exists and cannot be read.
pub fn write_measured(page: &Path, figures: &str) -> io::Result<()> {
    let before = match std::fs::read_to_string(page) {
        Ok(before) => before,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    let notes = before.find(NOTES).and_then(|at| before.get(at..)).unwrap_or_default();
    let gap = if notes.is_empty() { "" } else { "\n" };
    std::fs::write(page, format!("{}\n{gap}{notes}", figures.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::{NOTES, write_measured};

    #[test]
    fn what_people_wrote_outlives_new_figures() {
        let folder = tempfile::tempdir().unwrap();
        let page = folder.path().join("page.md");
        write_measured(&page, "| 1 |\n").unwrap();
        assert_eq!(std::fs::read_to_string(&page).unwrap(), "| 1 |\n");

        std::fs::write(&page, format!("| 1 |\n\n{NOTES}\n\nBecause.\n")).unwrap();
        for figures in ["| 2 |\n", "| 3 |\n\n"] {
            write_measured(&page, figures).unwrap();
            let expected = format!("{}\n\n{NOTES}\n\nBecause.\n", figures.trim_end());
            assert_eq!(std::fs::read_to_string(&page).unwrap(), expected);
        }
    }
}
