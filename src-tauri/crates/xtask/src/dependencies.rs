//! The dependencies of the workspace: licences and double versions, by the rules in `deny.toml`; advisories if `cargo
//! deny` is installed.
//!
//! `cargo deny` reads the same file and checks more, but compiling it takes longer than all other checks together. This
//! code reads only the lists it needs, and relies on the layout of that file.

use std::collections::{BTreeMap, BTreeSet};

use crate::run::{Outcome, Problem, answer, run};
use crate::workspace::{cargo_command, root};

/// A package that is compiled into one of our programs, on one of the systems.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    version: String,
    /// As its author wrote it; empty if there is none.
    licence: String,
}

/// The rules, as far as they are checked here.
#[derive(Debug, Default)]
struct Rules {
    licences: BTreeSet<String>,
    /// Licences that only one package may have.
    exceptions: BTreeMap<String, Vec<String>>,
    /// Packages that may come in more than one version.
    twice: BTreeSet<String>,
}

/// Checks all of it.
pub(crate) fn check() -> Outcome {
    let file = root().join("deny.toml");
    let text = std::fs::read_to_string(&file)
        .map_err(|source| Problem::File { what: file.display().to_string(), source })?;
    let rules = Rules::read(&text);
    let packages = packages()?;
    let problems = judge(&packages, &rules);
    if !problems.is_empty() {
        return Err(Problem::Check(format!("{}\n       (rules: deny.toml)", problems.join("\n       "))));
    }
    println!("    {} packages have licences we take, and none comes twice unexpectedly", packages.len());
    for name in no_longer_twice(&packages, &rules) {
        println!("    notice: {name} comes once now; it can leave the list in deny.toml");
    }
    advisories()
}

/// All packages of the workspace: for all systems if their packages can be had, otherwise for this system.
fn packages() -> Outcome<Vec<Package>> {
    let tree = |target: &[&str]| {
        let mut command = cargo_command();
        command.args(["tree", "--workspace", "--locked", "--edges", "normal,build", "--prefix", "none"]);
        answer(command.args(["--format", "{p}\t{l}"]).args(target))
    };
    let listed = tree(&["--target", "all"]).or_else(|| {
        println!(
            "    notice: packages of other systems cannot be fetched; only those of this one are checked"
        );
        tree(&[])
    });
    let listed =
        listed.ok_or_else(|| Problem::Check("cargo tree failed; is Cargo.lock up to date?".into()))?;
    let all: BTreeSet<Package> = listed.lines().filter_map(package).collect();
    Ok(all.into_iter().collect())
}

/// Reads `name v1.2.3 (proc-macro)`, a tab, the licence, and perhaps the mark of a repeated line.
fn package(line: &str) -> Option<Package> {
    let (package, licence) = line.split_once('\t')?;
    let mut words = package.split_whitespace();
    let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
    let licence = licence.trim_end_matches("(*)").trim();
    Some(Package { name: name.into(), version: version.into(), licence: licence.into() })
}

impl Rules {
    fn read(text: &str) -> Self {
        let exceptions = list(text, "licenses", "exceptions").lines().filter_map(|line| {
            let mut words = quoted(line).into_iter();
            Some((words.next()?, words.collect()))
        });
        Self {
            licences: quoted(list(text, "licenses", "allow")).into_iter().collect(),
            exceptions: exceptions.collect(),
            twice: quoted(list(text, "bans", "skip")).into_iter().collect(),
        }
    }
}

/// The text after `key = ` in a section, up to the line with the list's end.
fn list<'a>(text: &'a str, section: &str, key: &str) -> &'a str {
    let after = |text: &'a str, mark: &str| text.split_once(mark).map_or("", |(_, rest)| rest);
    let section = after(text, &format!("\n[{section}]"));
    let section = section.split("\n[").next().unwrap_or_default();
    let value = after(section, &format!("\n{key} = "));
    // A list on one line ends there. Another ends where its bracket begins a line.
    let first = value.lines().next().unwrap_or_default();
    if first.trim_end().ends_with(']') { first } else { value.split("\n]").next().unwrap_or_default() }
}

/// The words between quotation marks.
fn quoted(text: &str) -> Vec<String> {
    let code = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    code.flat_map(|line| line.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn judge(packages: &[Package], rules: &Rules) -> Vec<String> {
    let mut problems = Vec::new();
    for Package { name, version, licence } in packages {
        let exceptions = rules.exceptions.get(name).map(Vec::as_slice).unwrap_or_default();
        let taken = |id: &str| rules.licences.contains(id) || exceptions.iter().any(|own| own == id);
        if !permitted(licence, &taken) {
            let licence = if licence.is_empty() { "no licence" } else { licence };
            problems.push(format!("{name} {version} has a licence we do not take: {licence}"));
        }
    }
    for (name, versions) in double(packages) {
        if !rules.twice.contains(name) {
            problems.push(format!("{name} comes in several versions: {}", versions.join(", ")));
        }
    }
    problems
}

fn double(packages: &[Package]) -> BTreeMap<&str, Vec<&str>> {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages {
        versions.entry(&package.name).or_default().push(&package.version);
    }
    versions.retain(|_, versions| versions.len() > 1);
    versions
}

/// Names in the list that are not needed there. This is not a failure: each update changes which versions come
/// together.
fn no_longer_twice<'a>(packages: &[Package], rules: &'a Rules) -> Vec<&'a str> {
    let double = double(packages);
    rules.twice.iter().map(String::as_str).filter(|name| !double.contains_key(name)).collect()
}

/// Whether the accepted licences satisfy a licence expression (SPDX, or the older one with a slash for OR). AND binds
/// closer than OR.
fn permitted(expression: &str, taken: &impl Fn(&str) -> bool) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let permitted = either(&mut words, taken);
    // Words that are left over were not understood.
    permitted && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn either(words: &mut Words<'_>, taken: &impl Fn(&str) -> bool) -> bool {
    let mut permitted = both(words, taken);
    while words.next_if_eq(&"OR").is_some() {
        permitted |= both(words, taken);
    }
    permitted
}

fn both(words: &mut Words<'_>, taken: &impl Fn(&str) -> bool) -> bool {
    let mut permitted = single(words, taken);
    while words.next_if_eq(&"AND").is_some() {
        permitted &= single(words, taken);
    }
    permitted
}

fn single(words: &mut Words<'_>, taken: &impl Fn(&str) -> bool) -> bool {
    match words.next() {
        Some("(") => {
            let permitted = either(words, taken);
            words.next_if_eq(&")").is_some() && permitted
        }
        Some(id) => match words.next_if_eq(&"WITH").and_then(|_| words.next()) {
            Some(exception) => taken(&format!("{id} WITH {exception}")),
            None => taken(id),
        },
        None => false,
    }
}

/// Looks for known vulnerabilities in our dependencies, if that is possible.
fn advisories() -> Outcome {
    if answer(cargo_command().args(["deny", "--version"])).is_none() {
        println!("    notice: cargo-deny is not installed; advisories were not checked");
        return Ok(());
    }
    if answer(cargo_command().args(["deny", "fetch", "db"])).is_none() {
        println!("    notice: the list of advisories cannot be fetched; advisories were not checked");
        return Ok(());
    }
    run(cargo_command().args(["deny", "--offline", "check", "advisories"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = "# x\n[licenses]\nallow = [\n    \"MIT\", # \"no\"\n    \"Apache-2.0 WITH LLVM-exception\",\n]\n\
        exceptions = [{ crate = \"sponge\", allow = [\"CC0-1.0\"] }]\n\n[bans]\nskip = [\n    \"syn\",\n    \"nix\",\n]\n";

    fn packages(lines: &[&str]) -> Vec<Package> {
        lines.iter().filter_map(|line| package(line)).collect()
    }

    #[test]
    fn an_expression_is_permitted_if_licences_that_are_taken_meet_it() {
        let taken = |id: &str| ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].contains(&id);
        for good in [
            "MIT",
            "GPL-3.0 OR MIT",
            "GPL-3.0/MIT",
            "MIT AND ISC",
            "(GPL-3.0 OR MIT) AND ISC",
            "Apache-2.0 WITH LLVM-exception",
            "GPL-3.0 AND X OR MIT",
        ] {
            assert!(permitted(good, &taken), "{good}");
        }
        for bad in [
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "Apache-2.0",
            "(MIT",
            "MIT ISC",
            "MIT AND",
            "GPL-3.0 OR (MIT AND X)",
        ] {
            assert!(!permitted(bad, &taken), "{bad}");
        }
    }

    #[test]
    fn only_the_excepted_package_may_have_its_licence() {
        let rules = Rules::read(RULES);
        let lines =
            ["a v1.0.0\tMIT", "sponge v1.0.0\tCC0-1.0 (*)", "b v2.0.0 (proc-macro)\tCC0-1.0", "c v3.0.0\t"];
        let problems = judge(&packages(&lines), &rules).join("\n");
        assert!(problems.contains("b 2.0.0") && problems.contains("c 3.0.0"), "{problems}");
        assert_eq!(problems.lines().count(), 2, "{problems}");
    }

    #[test]
    fn two_versions_are_refused_unless_they_are_known() {
        let rules = Rules::read(RULES);
        let lines = ["syn v1.0.0\tMIT", "syn v2.0.0\tMIT", "new v1.0.0\tMIT", "new v2.0.0\tMIT"];
        let problems = judge(&packages(&lines), &rules);
        assert_eq!(problems, ["new comes in several versions: 1.0.0, 2.0.0"]);
        assert_eq!(no_longer_twice(&packages(&lines), &rules), ["nix"]);
    }

    #[test]
    fn the_projects_own_rules_are_read() {
        let text = std::fs::read_to_string(root().join("deny.toml")).unwrap_or_default();
        let rules = Rules::read(&text);
        assert!(rules.licences.contains("MIT") && rules.licences.contains("Zlib"));
        assert!(rules.exceptions.contains_key("tiny-keccak") && rules.twice.contains("syn"));
    }
}
