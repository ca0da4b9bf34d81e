//! The AppImage file: a program, and the file system behind it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, symlink};
use std::path::{Component, Path, PathBuf};

use backhand::{FilesystemReader, InnerNode};

/// An AppImage.
pub struct Image {
    /// The file.
    pub path: PathBuf,
    /// Where the file system begins, in bytes.
    pub offset: u64,
    /// A name that differs for every other content.
    pub name: String,
}

/// The part of a SquashFS superblock that we read.
const SUPERBLOCK: usize = 48;

impl Image {
    /// Finds the file system behind the program. An error if there is none.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let mut header = [0; 64];
        file.read_exact(&mut header)?;
        let offset = end_of_program(&header);
        let mut superblock = [0; SUPERBLOCK];
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(&mut superblock).map_err(|_| invalid("the file is not whole; download it again"))?;
        if !superblock.starts_with(b"hsqs") {
            return Err(invalid("the file is not whole; download it again"));
        }
        // When it was made, how long it is, and when this copy was written.
        let made = number(&superblock, 8, 4);
        let length = number(&superblock, 40, 8);
        let name = format!("{made:x}-{length:x}-{:x}", file.metadata()?.mtime());
        Ok(Self { path: path.to_path_buf(), offset, name })
    }

    /// Unpacks all of it into a folder that does not exist yet.
    pub fn unpack(&self, into: &Path) -> io::Result<()> {
        let file = BufReader::new(File::open(&self.path)?);
        let broken = |problem: backhand::BackhandError| io::Error::other(problem.to_string());
        let system = FilesystemReader::from_reader_with_offset(file, self.offset).map_err(broken)?;
        fs::create_dir(into)?;
        for node in system.files() {
            let path = into.join(inside(&node.fullpath)?);
            match &node.inner {
                InnerNode::Dir(_) => fs::create_dir_all(&path)?,
                InnerNode::Symlink(link) => symlink(&link.link, &path)?,
                InnerNode::File(contents) => {
                    let mode = u32::from(node.header.permissions) & 0o755;
                    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&path)?;
                    io::copy(&mut system.file(contents).reader(), &mut file)?;
                }
                // An app contains no devices.
                _ => return Err(invalid("there is something strange in the file")),
            }
        }
        Ok(())
    }
}

/// The end of the section table, which linkers put last.
fn end_of_program(header: &[u8; 64]) -> u64 {
    number(header, 0x28, 8) + number(header, 0x3a, 2) * number(header, 0x3c, 2)
}

/// A little-endian number of up to eight bytes.
fn number(bytes: &[u8], at: usize, length: usize) -> u64 {
    bytes[at..at + length].iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// A path in the file system, as a path below our folder.
fn inside(path: &Path) -> io::Result<PathBuf> {
    let mut inside = PathBuf::new();
    for part in path.components() {
        match part {
            Component::RootDir | Component::CurDir => {}
            Component::Normal(name) => inside.push(name),
            _ => return Err(invalid("there is something strange in the file")),
        }
    }
    Ok(inside)
}

fn invalid(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_ends_with_its_sections() {
        let mut header = [0; 64];
        header[0x28..0x30].copy_from_slice(&1000_u64.to_le_bytes());
        header[0x3a..0x3c].copy_from_slice(&64_u16.to_le_bytes());
        header[0x3c..0x3e].copy_from_slice(&30_u16.to_le_bytes());
        assert_eq!(end_of_program(&header), 1000 + 64 * 30);
    }

    #[test]
    fn nothing_is_unpacked_beside_the_folder() {
        assert_eq!(inside(Path::new("/usr/bin/app")).unwrap(), Path::new("usr/bin/app"));
        assert!(inside(Path::new("/usr/../../app")).is_err());
    }

    #[test]
    fn a_program_with_nothing_behind_it_is_no_image() {
        assert!(Image::open(&std::env::current_exe().unwrap()).is_err());
    }
}
