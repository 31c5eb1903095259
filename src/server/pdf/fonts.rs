//! Fonts of PDF files: the one that is in the program, and those that the machine has.
//!
//! Arimo has Latin, Greek, Cyrillic and Hebrew, and is always there. For other scripts the system's font folders are looked
//! through, once, when the first text needs it: what is installed later is found after a restart. A font's file stays in memory
//! from its first use on, for as long as the process runs; of the others, only which characters they have.

use harfrust::{FontRef, Shaper, ShaperData};
use icu_properties::{CodePointMapData, PropertyNamesLong, PropertyNamesShort, props::Script};
use skrifa::{
    MetadataProvider,
    attribute::Style,
    charmap::Charmap,
    raw::{FileRef, TableProvider},
    string::StringId,
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::{LazyLock, Mutex, OnceLock, PoisonError},
};

/// A font in use.
pub struct Face {
    /// For writing.
    pub drawn: krilla::text::Font,
    /// For choosing and placing its glyphs.
    pub shaper: Shaper<'static>,
    glyphs: Charmap<'static>,
}

impl Face {
    fn new(data: &'static [u8], index: u32) -> Option<&'static Face> {
        let font = FontRef::from_index(data, index).ok()?;
        let shaping: &'static ShaperData = Box::leak(Box::new(ShaperData::new(&font)));
        let face = Face {
            drawn: krilla::text::Font::new(data.into(), index)?,
            shaper: shaping.shaper(&font).build(),
            glyphs: font.charmap(),
        };
        Some(Box::leak(Box::new(face)))
    }

    /// Its glyph that shows nothing.
    pub fn blank(&self) -> Option<u32> {
        self.glyphs.map(' ').map(|glyph| glyph.to_u32())
    }

    /// Whether it has all of these characters.
    pub fn has(&self, text: &[char]) -> bool {
        text.iter()
            .all(|c| self.glyphs.map(*c).is_some_and(|glyph| glyph.to_u32() != 0))
    }
}

static REGULAR: LazyLock<Option<&'static Face>> =
    LazyLock::new(|| Face::new(include_bytes!("../fonts/Arimo-Regular.ttf"), 0));
static BOLD: LazyLock<Option<&'static Face>> =
    LazyLock::new(|| Face::new(include_bytes!("../fonts/Arimo-Bold.ttf"), 0));

/// The font that is in the program.
pub fn own(bold: bool) -> Option<&'static Face> {
    if bold { *BOLD } else { *REGULAR }
}

/// The script of a character; none where it belongs to whatever stands around it.
pub fn script_of(c: char) -> Option<Script> {
    let script = CodePointMapData::<Script>::new().get(c);
    let around = [Script::Common, Script::Inherited, Script::Unknown];
    (!around.contains(&script)).then_some(script)
}

/// A script as fonts name it, such as `Deva`.
pub fn tag_of(script: Script) -> Option<harfrust::Script> {
    PropertyNamesShort::<Script>::new().get(script)?.parse().ok()
}

/// Says that a script is shown as boxes, once for each script while the server runs.
pub fn missing(script: Option<Script>, c: char) {
    static TOLD: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());
    let name = script
        .and_then(|script| PropertyNamesLong::<Script>::new().get(script))
        .unwrap_or("symbols");
    if TOLD.lock().unwrap_or_else(PoisonError::into_inner).insert(name) {
        let code = format!("U+{:04X}", u32::from(c));
        tracing::warn!(
            script = name,
            code,
            "no font on this machine has a character of a PDF file: it is drawn as a box"
        );
    }
}

/// A font that the machine has.
struct Found {
    path: PathBuf,
    index: u32,
    family: String,
    /// What is taken only where nothing else is there: the higher, the later.
    late: u8,
    weight: i32,
    /// The characters that it has, from the first to the last of each row.
    has: Vec<(u32, u32)>,
    /// How many of each script.
    of: BTreeMap<Script, usize>,
    face: OnceLock<Option<&'static Face>>,
}

impl Found {
    fn has(&self, text: &[char]) -> bool {
        text.iter().all(|c| {
            let c = u32::from(*c);
            let next = self.has.partition_point(|(first, _)| *first <= c);
            next > 0 && self.has[next - 1].1 >= c
        })
    }

    fn face(&self) -> Option<&'static Face> {
        *self.face.get_or_init(|| {
            let face = fs::read(&self.path)
                .ok()
                .and_then(|data| Face::new(data.leak(), self.index));
            if face.is_none() {
                tracing::warn!(path = %self.path.display(), "a font could not be read");
            }
            face
        })
    }

    fn read(path: &Path, font: &FontRef<'_>, index: u32) -> Option<Self> {
        // Some have pictures instead of outlines, which are not drawn.
        font.outline_glyphs().format()?;
        font.head().ok()?;
        let family = font
            .localized_strings(StringId::FAMILY_NAME)
            .english_or_first()?
            .to_string();
        let attributes = font.attributes();
        let slanted = attributes.style != Style::Normal;
        let late = match family.as_str() {
            _ if slanted => 4,
            name if name.contains("Mono") => 3,
            name if name.starts_with("Noto Sans") => 0,
            name if name.contains("Sans") => 1,
            _ => 2,
        };
        let mut all: Vec<u32> = font
            .charmap()
            .mappings()
            .filter(|(_, glyph)| glyph.to_u32() != 0)
            .map(|(c, _)| c)
            .collect();
        all.sort_unstable();
        let mut has: Vec<(u32, u32)> = Vec::new();
        let mut of = BTreeMap::new();
        for c in all {
            if let Some(script) = char::from_u32(c).and_then(script_of) {
                *of.entry(script).or_default() += 1;
            }
            match has.last_mut() {
                Some((_, last)) if *last + 1 >= c => *last = c,
                _ => has.push((c, c)),
            }
        }
        Some(Found {
            path: path.to_owned(),
            index,
            family,
            late,
            weight: if attributes.weight.value() >= 600.0 { 700 } else { 400 },
            has,
            of,
            face: OnceLock::new(),
        })
    }
}

/// The fonts of a machine.
pub struct Fonts(Vec<Found>);

impl Fonts {
    /// None but the program's own.
    pub const NONE: Fonts = Fonts(Vec::new());

    /// Those of the system's folders.
    pub fn of_this_machine() -> &'static Fonts {
        static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
            let mut folders = vec![
                PathBuf::from("/usr/share/fonts"),
                PathBuf::from("/usr/local/share/fonts"),
            ];
            folders.extend(std::env::home_dir().map(|home| home.join(".local/share/fonts")));
            Fonts::of_folders(&folders)
        });
        &FONTS
    }

    /// Those of some folders and of the folders in them.
    pub fn of_folders(folders: &[PathBuf]) -> Self {
        let mut files = BTreeSet::new();
        for folder in folders {
            files_of(folder, 0, &mut files);
        }
        let mut found = Vec::new();
        for path in files {
            let Ok(data) = fs::read(&path) else { continue };
            let Ok(file) = FileRef::new(&data) else { continue };
            for (index, font) in (0..).zip(file.fonts()) {
                found.extend(font.ok().and_then(|font| Found::read(&path, &font, index)));
            }
        }
        Fonts(found)
    }

    /// The font for these characters in a text of this script: of those that have them one that has much of the script, and of
    /// its family the one that is as bold.
    pub fn face(&self, text: &[char], script: Option<Script>, bold: bool) -> Option<&'static Face> {
        let weight = if bold { 700 } else { 400 };
        let mut able: Vec<&Found> = self.0.iter().filter(|font| font.has(text)).collect();
        let much = |font: &Found| script.and_then(|script| font.of.get(&script)).copied().unwrap_or(0);
        able.sort_by_key(|font| (font.late, Reverse(much(font)), &font.path, font.index));
        let family = able.first().map(|font| font.family.clone())?;
        able.sort_by_key(|font| (font.late, font.family != family, (font.weight - weight).abs()));
        able.into_iter().find_map(Found::face)
    }
}

fn files_of(folder: &Path, deep: u8, files: &mut BTreeSet<PathBuf>) {
    let Ok(inside) = fs::read_dir(folder) else { return };
    for entry in inside.flatten() {
        let path = entry.path();
        let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
        if path.is_dir() {
            // A link may lead back to where it is.
            if deep < 8 {
                files_of(&path, deep + 1, files);
            }
        } else if ["ttf", "otf", "ttc", "otc"].contains(&kind.to_ascii_lowercase().as_str()) {
            files.insert(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr;

    #[test]
    fn a_folder_is_looked_through_and_what_is_no_font_is_passed_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let below = folder.path().join("below");
        fs::create_dir(&below).expect("a folder");
        fs::write(folder.path().join("broken.ttf"), "no font").expect("a file");
        fs::write(below.join("Plain.TTF"), include_bytes!("../fonts/Arimo-Regular.ttf")).expect("a file");
        fs::write(below.join("Strong.ttf"), include_bytes!("../fonts/Arimo-Bold.ttf")).expect("a file");
        fs::write(below.join("readme.txt"), "no font").expect("a file");
        let fonts = Fonts::of_folders(&[folder.path().to_owned(), "/there/is/none".into()]);
        assert_eq!(fonts.0.len(), 2);
        let face = |text: &[char], bold| fonts.face(text, Some(Script::Greek), bold);
        let (plain, strong) = (face(&['Ω'], false), face(&['Ω'], true));
        let (plain, strong) = (plain.expect("a font"), strong.expect("a font"));
        assert!(!ptr::eq(plain, strong), "one for each weight");
        assert!(ptr::eq(plain, face(&['a', 'Ω'], false).expect("a font")), "read once");
        assert!(face(&['a', '東'], false).is_none(), "it has not both");
    }

    #[test]
    fn a_font_that_is_gone_is_passed_over() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(
            folder.path().join("a.ttf"),
            include_bytes!("../fonts/Arimo-Regular.ttf"),
        )
        .expect("a file");
        let fonts = Fonts::of_folders(&[folder.path().to_owned()]);
        fs::remove_file(folder.path().join("a.ttf")).expect("removed");
        assert!(fonts.face(&['a'], Some(Script::Latin), false).is_none());
        assert_eq!(fonts.0.len(), 1);
    }

    #[test]
    fn signs_are_of_what_stands_around_them() {
        assert_eq!(script_of('a'), Some(Script::Latin));
        assert_eq!(script_of('東'), Some(Script::Han));
        assert_eq!(script_of('1'), None);
        assert_eq!(tag_of(Script::Devanagari), "Deva".parse().ok());
    }
}
