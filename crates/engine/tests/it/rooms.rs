//! The same rooms on every floor, and arrows that point down only: the graph of modules is drawn from the sources.
//!
//! A room is a folder of the same name on each floor that its capability reaches. Within a floor a room may use those that
//! stand before it in [`ROOMS`]; a floor may use those below it, and there as well only rooms that do not stand after its own.
//! What stands in a floor's root beside its rooms (tables, the worker, harnesses) may use them all, and no room may use it.
//!
//! What is read here are paths: `use` trees and paths in code. Methods of the engine are not seen, because they are reached
//! without a path; the room of a method is the file that it stands in.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

/// The rooms, each above those that stand before it. A new capability gets its place here.
const ROOMS: &[&str] = &[
    "kernel",
    "people",
    "notices",
    "catalogue",
    "billing",
    "allowance",
    "subscriptions",
    "payables",
    "assignment",
    "work",
    "search",
    "reports",
    "operate",
];

/// A floor: its name in paths, and its sources. The upper ones are modules of one crate, the lower ones are crates.
struct Floor {
    name: &'static str,
    sources: &'static str,
    is_crate: bool,
}

/// The floors, the lowest first. One more is one more line.
const FLOORS: &[Floor] = &[
    Floor {
        name: "domain",
        sources: "crates/domain/src",
        is_crate: true,
    },
    Floor {
        name: "store",
        sources: "crates/store/src",
        is_crate: true,
    },
    Floor {
        name: "engine",
        sources: "crates/engine/src",
        is_crate: true,
    },
    Floor {
        name: "api",
        sources: "src/api",
        is_crate: false,
    },
    Floor {
        name: "pages",
        sources: "src/pages",
        is_crate: false,
    },
];

/// A file may be longer than this only where its head says why, in a line that begins with [`REASON`].
const LINES: usize = 600;
const REASON: &str = "//! Over 600 lines:";

/// Where something stands on its floor; rooms in the order of [`ROOMS`], the root above them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Room(usize),
    Root,
}

impl Place {
    fn of_name(name: &str) -> Option<Place> {
        ROOMS.iter().position(|room| *room == name).map(Place::Room)
    }

    fn words(self) -> &'static str {
        match self {
            Place::Room(at) => ROOMS[at],
            Place::Root => "the root",
        }
    }
}

/// A file of a floor.
struct Source {
    floor: usize,
    file: String,
    place: Place,
    /// `["subscriptions", "periods"]`; that of a `mod.rs` is its folder's.
    module: Vec<String>,
    text: String,
    paths: Vec<Used>,
}

/// A path that a file names.
struct Used {
    line: usize,
    path: Vec<String>,
    /// It only names again what stands below, as the head of a room or of a floor does.
    passed_on: bool,
}

struct House {
    sources: Vec<Source>,
    /// What a floor's root passes on from its rooms, by floor and name.
    roots: Vec<BTreeMap<String, Place>>,
}

impl House {
    fn read(root: &Path) -> House {
        let mut sources = Vec::new();
        for (floor, of) in FLOORS.iter().enumerate() {
            let base = root.join(of.sources);
            for path in files(&base) {
                let inner = path.strip_prefix(&base).unwrap().with_extension("");
                let mut module: Vec<String> = inner
                    .components()
                    .map(|part| part.as_os_str().to_string_lossy().into_owned())
                    .collect();
                // Tests may look at everything.
                if module.last().is_some_and(|last| last == "tests") {
                    continue;
                }
                if module.last().is_some_and(|last| last == "mod" || last == "lib") {
                    module.pop();
                }
                let text = fs::read_to_string(&path).unwrap();
                sources.push(Source {
                    floor,
                    file: path.strip_prefix(root).unwrap().display().to_string(),
                    place: module
                        .first()
                        .and_then(|name| Place::of_name(name))
                        .unwrap_or(Place::Root),
                    paths: paths(&text),
                    module,
                    text,
                });
            }
        }
        let roots = (0..FLOORS.len()).map(|floor| passed_on(&sources, floor)).collect();
        House { sources, roots }
    }

    /// The floor and the place that a path of a source leads to; `None` where it leads out of the house, or to what has no
    /// place (macros).
    fn leads_to(&self, source: &Source, path: &[String]) -> Option<(usize, Vec<String>, Place)> {
        let full = absolute(source, path)?;
        let (first, rest) = full.split_first()?;
        let floor = FLOORS.iter().position(|floor| floor.name == first)?;
        let name = rest.first()?;
        let place = Place::of_name(name)
            .or_else(|| self.roots[floor].get(name).copied())
            .or_else(|| {
                let module = |source: &&Source| source.floor == floor && source.module.first() == Some(name);
                self.sources.iter().find(module).map(|_| Place::Root)
            })?;
        Some((floor, rest.to_vec(), place))
    }

    /// Every arrow that points up, in words.
    fn arrows_up(&self) -> Vec<String> {
        let mut found = Vec::new();
        for source in &self.sources {
            for used in &source.paths {
                let Some((floor, _, place)) = self.leads_to(source, &used.path) else {
                    continue;
                };
                let of = FLOORS[source.floor].name;
                let (from, to) = (source.place.words(), place.words());
                let (file, line, path) = (&source.file, used.line, used.path.join("::"));
                if floor > source.floor {
                    let above = FLOORS[floor].name;
                    found.push(format!("{file}:{line}: {of} uses {above}, a floor above it: {path}"));
                } else if place > source.place {
                    let which = FLOORS[floor].name;
                    found.push(format!(
                        "{file}:{line}: {from} ({of}) uses {to} ({which}), which stands after it: {path}"
                    ));
                }
            }
        }
        found
    }

    /// Every circle of files, each once, in words.
    fn circles(&self) -> Vec<String> {
        let mut arrows: BTreeMap<usize, BTreeMap<usize, usize>> = BTreeMap::new();
        for (at, source) in self.sources.iter().enumerate() {
            for used in source.paths.iter().filter(|used| !used.passed_on) {
                let Some((floor, rest, _)) = self.leads_to(source, &used.path) else {
                    continue;
                };
                if let Some(to) = self.file_of(floor, &rest).filter(|to| *to != at) {
                    arrows.entry(at).or_default().entry(to).or_insert(used.line);
                }
            }
        }
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        for start in arrows.keys() {
            if seen.contains(start) {
                continue;
            }
            if let Some(circle) = circle_from(&arrows, *start) {
                let mut words = String::new();
                for pair in circle.windows(2) {
                    let line = arrows[&pair[0]][&pair[1]];
                    let _ = write!(words, "{}:{line} → ", self.sources[pair[0]].file);
                }
                found.push(format!("{words}{}", self.sources[circle[0]].file));
                seen.extend(circle);
            }
        }
        found
    }

    /// The file that a path of a floor leads into: the deepest one that it names.
    fn file_of(&self, floor: usize, path: &[String]) -> Option<usize> {
        (1..=path.len()).rev().find_map(|len| {
            self.sources
                .iter()
                .position(|source| source.floor == floor && source.module == path[..len])
        })
    }
}

/// A circle that leads back to where it starts: `[a, b, a]`.
fn circle_from(arrows: &BTreeMap<usize, BTreeMap<usize, usize>>, start: usize) -> Option<Vec<usize>> {
    let mut way = vec![start];
    let mut been = BTreeSet::new();
    fn on(
        arrows: &BTreeMap<usize, BTreeMap<usize, usize>>,
        start: usize,
        way: &mut Vec<usize>,
        been: &mut BTreeSet<usize>,
    ) -> bool {
        let Some(next) = way.last().and_then(|at| arrows.get(at)) else {
            return false;
        };
        for to in next.keys() {
            if *to == start {
                way.push(start);
                return true;
            }
            if been.insert(*to) {
                way.push(*to);
                if on(arrows, start, way, been) {
                    return true;
                }
                way.pop();
            }
        }
        false
    }
    on(arrows, start, &mut way, &mut been).then_some(way)
}

/// The Rust files under a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found
}

/// What the root of a floor names again, with its room.
fn passed_on(sources: &[Source], floor: usize) -> BTreeMap<String, Place> {
    let mut found = BTreeMap::new();
    let root = |source: &&Source| source.floor == floor && source.module.is_empty();
    for source in sources.iter().filter(root) {
        for used in source.paths.iter().filter(|used| used.passed_on) {
            let path = match used.path.split_first() {
                Some((first, rest)) if first == "self" || first == "crate" => rest,
                _ => &used.path[..],
            };
            let (Some(place), Some(last)) = (path.first().and_then(|name| Place::of_name(name)), path.last()) else {
                continue;
            };
            if last == "*" {
                // All that the files of this path define.
                let within = |of: &&Source| of.floor == floor && of.module == path[..path.len() - 1];
                for of in sources.iter().filter(within) {
                    found.extend(defined(&of.text).map(|name| (name, place)));
                }
            } else {
                found.insert(last.clone(), place);
            }
        }
    }
    found
}

/// Names of types that a file defines, macros' words included: whatever begins with a capital letter and stands first in a
/// line after its keyword, or alone in a list of a macro.
fn defined(text: &str) -> impl Iterator<Item = String> {
    let code = code_of(text);
    let names: BTreeSet<String> = code
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| word.starts_with(|c: char| c.is_ascii_uppercase()))
        .map(str::to_owned)
        .collect();
    names.into_iter()
}

/// A path that begins with a floor's name; `None` for one that begins with a name of its own file, or leads elsewhere.
fn absolute(source: &Source, path: &[String]) -> Option<Vec<String>> {
    let own = &FLOORS[source.floor];
    match path.first()?.as_str() {
        "super" => {
            let ups = path.iter().take_while(|part| *part == "super").count();
            let kept = source.module.len().checked_sub(ups)?;
            let mut full = vec![own.name.to_owned()];
            full.extend_from_slice(&source.module[..kept]);
            full.extend_from_slice(&path[ups..]);
            Some(full)
        }
        "crate" if own.is_crate => {
            let mut full = path.to_vec();
            own.name.clone_into(&mut full[0]);
            Some(full)
        }
        "crate" => Some(path[1..].to_vec()),
        first if FLOORS.iter().any(|floor| floor.is_crate && floor.name == first) => Some(path.to_vec()),
        _ => None,
    }
}

/// The code of a file: comments, texts and the module of its tests are blank, lines stay where they are.
fn code_of(text: &str) -> String {
    let text = match text.find("#[cfg(test)]\nmod tests {") {
        Some(at) => &text[..at],
        None => text,
    };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let taken = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |at| at + 2)
        } else if let Some(end) = raw_text(rest) {
            end
        } else if first == '"' {
            text_end(rest)
        } else if let Some(end) = letter(rest) {
            end
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        out.extend(rest[..taken].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = &rest[taken..];
    }
    out
}

fn text_end(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn raw_text(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('r')?;
    let marks = inner.bytes().take_while(|b| *b == b'#').count();
    inner[marks..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(marks));
    let from = 2 + marks;
    Some(rest[from..].find(&end).map_or(rest.len(), |at| from + at + end.len()))
}

/// A letter in quotes; a lifetime is none.
fn letter(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('\'')?;
    let mut chars = inner.char_indices();
    let (_, first) = chars.next()?;
    if first == '\\' {
        return inner[2..].find('\'').map(|at| at + 4);
    }
    match chars.next()? {
        (at, '\'') => Some(at + 2),
        _ => None,
    }
}

/// The paths that a file names: those of its `use` trees, and those in its code that begin with `crate`, `super` or the name of
/// a floor.
fn paths(text: &str) -> Vec<Used> {
    let code = code_of(text);
    let mut found = Vec::new();
    let mut at = 0;
    let line_of = |at: usize| code[..at].matches('\n').count() + 1;
    while at < code.len() {
        let rest = &code[at..];
        let before = code[..at].chars().next_back();
        let fresh = !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '.' || c == '$');
        if fresh && rest.starts_with("use ") {
            let Some(end) = rest.find(';') else { break };
            let line = &code[code[..at].rfind('\n').map_or(0, |n| n + 1)..at];
            let mut leaves = Vec::new();
            tree(&rest[4..end], &[], &mut leaves);
            found.extend(leaves.into_iter().map(|path| Used {
                line: line_of(at),
                path,
                passed_on: line.trim_start().starts_with("pub"),
            }));
            at += end;
            continue;
        }
        let begins = ["crate", "super"]
            .into_iter()
            .chain(FLOORS.iter().map(|floor| floor.name));
        let begun = begins
            .into_iter()
            .find(|word| fresh && rest.starts_with(&format!("{word}::")));
        if begun.is_some() {
            let end = rest
                .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
                .unwrap_or(rest.len());
            let path = rest[..end]
                .trim_end_matches(':')
                .split("::")
                .map(str::to_owned)
                .collect();
            found.push(Used {
                line: line_of(at),
                path,
                passed_on: false,
            });
            at += end;
            continue;
        }
        at += rest.chars().next().map_or(1, char::len_utf8);
    }
    found
}

/// The leaves of a `use` tree; what it is called here does not matter.
fn tree(text: &str, prefix: &[String], out: &mut Vec<Vec<String>>) {
    let mut depth = 0;
    let mut from = 0;
    let mut parts = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    for part in parts.into_iter().map(str::trim).filter(|part| !part.is_empty()) {
        let (head, inner) = match part.find('{') {
            Some(at) => (&part[..at], Some(&part[at + 1..part.rfind('}').unwrap_or(part.len())])),
            None => (part.split(" as ").next().unwrap_or(part), None),
        };
        let mut path = prefix.to_vec();
        path.extend(
            head.split("::")
                .map(str::trim)
                .filter(|name| !name.is_empty() && (*name != "self" || prefix.is_empty()))
                .map(str::to_owned),
        );
        match inner {
            Some(inner) => tree(inner, &path, out),
            None => out.push(path),
        }
    }
}

fn house() -> House {
    House::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
}

fn none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{} {what}:\n{}", found.len(), found.join("\n"));
}

#[test]
fn no_arrow_points_up() {
    none("arrows that point up", &house().arrows_up());
}

#[test]
fn no_file_uses_itself_through_others() {
    none("circles of files", &house().circles());
}

#[test]
fn every_folder_is_a_room_and_says_what_it_is_for() {
    let mut found = Vec::new();
    for source in house().sources {
        let [room] = &source.module[..] else { continue };
        if !source.file.ends_with("/mod.rs") {
            continue;
        }
        if Place::of_name(room).is_none() {
            found.push(format!("{}: {room} has no place among the rooms", source.file));
        }
        if !source.text.starts_with("//! ") {
            found.push(format!("{}: does not say what it is for", source.file));
        }
    }
    none("rooms without a word", &found);
}

/// How an operation at the provider came out can be dropped in no file, for only one knows.
#[test]
fn operations_begin_and_end_in_one_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let named: Vec<String> = files(&root)
        .into_iter()
        .filter(|path| {
            let text = fs::read_to_string(path).unwrap();
            text.contains("begin_operation") || text.contains("end_operation")
        })
        .map(|path| path.strip_prefix(&root).unwrap().display().to_string())
        .collect();
    assert_eq!(named, ["kernel/operations.rs"]);
}

#[test]
fn a_long_file_says_why() {
    let mut found = Vec::new();
    for source in house().sources {
        let lines = source.text.lines().count();
        let says = |line: &str| line.starts_with(REASON) && line.len() > REASON.len() + 10;
        let head = source.text.lines().take_while(|line| line.starts_with("//!"));
        if lines > LINES && !head.into_iter().any(says) {
            found.push(format!(
                "{}: {lines} lines, and no line “{REASON} …” in its head",
                source.file
            ));
        }
    }
    none("long files", &found);
}

#[test]
fn the_drawing_sees_what_is_written() {
    let text = "use crate::{\n    Engine,\n    work::{self as w, steps::Held},\n};\n// use crate::operate;\nfn f() { store::people::any(\"crate::reports\") }\n";
    let seen: Vec<(usize, String)> = paths(text)
        .iter()
        .map(|used| (used.line, used.path.join("::")))
        .collect();
    let wanted = [
        (1, "crate::Engine"),
        (1, "crate::work"),
        (1, "crate::work::steps::Held"),
        (6, "store::people::any"),
    ];
    assert_eq!(seen, wanted.map(|(line, path)| (line, path.to_owned())));
    let arrows: BTreeMap<usize, BTreeMap<usize, usize>> = BTreeMap::from([
        (1, BTreeMap::from([(2, 0)])),
        (2, BTreeMap::from([(3, 0)])),
        (3, BTreeMap::from([(1, 0)])),
    ]);
    assert_eq!(circle_from(&arrows, 1), Some(vec![1, 2, 3, 1]));
}
