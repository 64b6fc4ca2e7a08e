//! `Crates`: what cargo resolved, reduced to what the rules ask about.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// Linux is tested, macOS and Windows compile: what other systems would pull in is left out.
const PLATFORMS: [&str; 4] = [
    "x86_64-unknown-linux-gnu",
    "x86_64-unknown-linux-musl",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
];

/// Every crate that the lock file pins for these platforms.
#[derive(Clone, Debug, Default)]
pub struct Crates(pub Vec<Crate>);

/// One crate, in one version.
#[derive(Clone, Debug, Default)]
pub struct Crate {
    /// As in its manifest.
    pub name: String,
    /// As in its manifest.
    pub version: String,
    /// Its SPDX expression, if it has one.
    pub licence: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
    /// The oldest Rust that it says it needs, if it does.
    pub rust: Option<(u64, u64)>,
    /// What it depends on.
    pub links: Vec<Link>,
    /// How many programs it builds.
    pub programs: usize,
    /// Whether a bare `cargo build` builds it.
    pub default: bool,
    /// Whether it may be published.
    pub published: bool,
    /// The name of each field of its manifest that is empty but asked of a published
    /// crate.
    pub blank: Vec<&'static str>,
}

/// Where a crate comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// The one registry.
    #[default]
    Registry,
    /// This repository: its folder, from the root.
    Member(String),
    /// Anywhere else: git, a path, another registry.
    Elsewhere(String),
}

/// An edge of the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The place of the crate that is depended on.
    pub to: usize,
    /// What it is for. A crate that is needed for two things has two links.
    pub kind: Kind,
}

/// What a dependency is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is part of what is shipped.
    Normal,
    /// It runs while building.
    Build,
    /// It serves tests, benches and examples.
    Dev,
}

impl Crates {
    /// Asks cargo.
    ///
    /// # Panics
    ///
    /// When cargo does not resolve the workspace as its lock file has it, with cargo's own words.
    pub fn load(root: &Path) -> Self {
        let mut options = vec!["--locked".to_owned()];
        for platform in PLATFORMS {
            options.extend(["--filter-platform".to_owned(), platform.to_owned()]);
        }
        let metadata = MetadataCommand::new()
            .manifest_path(root.join("Cargo.toml"))
            .other_options(options)
            .exec()
            .unwrap_or_else(|error| panic!("cargo metadata --locked: {error}"));
        Self::of(&metadata)
    }

    fn of(metadata: &Metadata) -> Self {
        let resolve =
            metadata.resolve.as_ref().expect("cargo metadata resolves unless told not to");
        let used: BTreeSet<_> = resolve.nodes.iter().map(|node| &node.id).collect();
        let packages: Vec<&Package> =
            metadata.packages.iter().filter(|package| used.contains(&package.id)).collect();
        let places: BTreeMap<_, _> =
            packages.iter().enumerate().map(|(place, package)| (&package.id, place)).collect();
        let mut crates: Vec<Crate> =
            packages.iter().map(|package| one(metadata, package)).collect();
        for node in &resolve.nodes {
            let links = node.deps.iter().flat_map(|dependency| {
                dependency.dep_kinds.iter().map(|info| Link {
                    to: places[&dependency.pkg],
                    kind: match info.kind {
                        DependencyKind::Development => Kind::Dev,
                        DependencyKind::Build => Kind::Build,
                        _ => Kind::Normal,
                    },
                })
            });
            crates[places[&node.id]].links = links.collect();
        }
        Self(crates)
    }

    /// The crates of this repository, with their folders.
    pub fn members(&self) -> impl Iterator<Item = (&Crate, &str)> {
        self.0.iter().filter_map(|each| match &each.origin {
            Origin::Member(folder) => Some((each, folder.as_str())),
            _ => None,
        })
    }

    /// The places of all crates that `start` ships, itself among them.
    pub fn shipped_by(&self, start: usize) -> BTreeSet<usize> {
        let mut reached = BTreeSet::new();
        let mut open = vec![start];
        while let Some(place) = open.pop() {
            if reached.insert(place) {
                let normal = self.0[place].links.iter().filter(|link| link.kind == Kind::Normal);
                open.extend(normal.map(|link| link.to));
            }
        }
        reached
    }
}

fn one(metadata: &Metadata, package: &Package) -> Crate {
    let origin = match &package.source {
        Some(source) if source.is_crates_io() => Origin::Registry,
        Some(source) => Origin::Elsewhere(source.repr.clone()),
        None if metadata.workspace_members.contains(&package.id) => {
            let folder = package.manifest_path.parent().unwrap_or(&package.manifest_path);
            let folder = folder.strip_prefix(&metadata.workspace_root).unwrap_or(folder);
            Origin::Member(folder.as_str().replace('\\', "/"))
        }
        None => Origin::Elsewhere(package.manifest_path.to_string()),
    };
    let documented = &package.metadata["docs"]["rs"]["all-features"];
    let beside = |name: &str| package.manifest_path.with_file_name(name).exists();
    let asked = [
        ("description", package.description.is_none()),
        ("readme", package.readme.is_none()),
        ("keywords", package.keywords.is_empty()),
        ("categories", package.categories.is_empty()),
        ("package.metadata.docs.rs.all-features", documented.as_bool() != Some(true)),
        ("CHANGELOG.md", !beside("CHANGELOG.md")),
    ];
    Crate {
        name: package.name.to_string(),
        version: package.version.to_string(),
        licence: package.license.clone(),
        origin,
        rust: package.rust_version.as_ref().map(|version| (version.major, version.minor)),
        links: Vec::new(),
        programs: package.targets.iter().filter(|target| target.is_bin()).count(),
        default: metadata.workspace_default_members.contains(&package.id),
        published: package.publish.as_ref().is_none_or(|registries| !registries.is_empty()),
        blank: asked.into_iter().filter(|(_, blank)| *blank).map(|(field, _)| field).collect(),
    }
}

#[cfg(test)]
impl Crates {
    /// A graph for planted violations: each crate's name, its folder when it is a member, and the
    /// names of what it ships.
    pub(crate) fn planted(crates: &[(&str, Option<&str>, &[&str])]) -> Self {
        let place = |wanted: &str| crates.iter().position(|(name, ..)| *name == wanted);
        let one = |(name, folder, links): &(&str, Option<&str>, &[&str])| Crate {
            name: (*name).into(),
            version: "1.0.0".into(),
            licence: Some("MIT".into()),
            origin: folder.map_or(Origin::Registry, |folder| Origin::Member(folder.into())),
            links: links
                .iter()
                .map(|link| Link { to: place(link).expect("planted"), kind: Kind::Normal })
                .collect(),
            ..Crate::default()
        };
        Self(crates.iter().map(one).collect())
    }
}
